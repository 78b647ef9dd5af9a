"""Everything about faces and nothing about I/O: detect, align, encode, judge, remember, decide."""
