"""What delivery works under: the server that hosts the process, its end, and what hinders at the moment."""
