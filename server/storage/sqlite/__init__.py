"""The store on SQLite: no set-up, one file, one writer at a time, readers beside it."""
