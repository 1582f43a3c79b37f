"""What a file of journeys says, read without a lock that a run would fail on."""
