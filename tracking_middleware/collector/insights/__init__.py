"""What the events say: journeys and gaps."""
