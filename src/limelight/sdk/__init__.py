"""The instance a program holds, and the functions that act on the one it initialised."""
