"""What is put aside while tables are made or read, and goes also where who made it was killed."""
