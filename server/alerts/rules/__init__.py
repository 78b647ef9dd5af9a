"""Who × where × when × what: pure functions, no I/O, the time is given."""
