"""An account brought under the program: the file of a stack, its secrets, what is there already."""
