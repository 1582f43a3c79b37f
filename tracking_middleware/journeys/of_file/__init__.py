"""What is asked of a file of a run: who did what, and what browsers did not report."""
