"""The completion of the command in a shell, out of its own parsers."""
