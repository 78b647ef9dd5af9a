"""The gallery of known people: their encodings, the file that holds them, and search."""
