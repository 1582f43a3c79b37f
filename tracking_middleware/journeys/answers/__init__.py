"""The tables that answer analysts' questions, made of the stitched ones: what is read, what is earned."""
