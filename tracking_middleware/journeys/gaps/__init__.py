"""What browsers did not report, within filters: of a run's tables, or of those of newest events."""
