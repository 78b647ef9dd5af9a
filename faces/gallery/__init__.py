"""The people who are known: their encodings, the file that holds them, and search."""
