"""One file for each kind of channel. Each sends one message and says what the other side said."""
