"""What is told to people at run time: in which words, about which of their lines, and where it shows."""
