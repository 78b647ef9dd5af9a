"""Sites that calibrate together: sums of histograms leave them, never encodings or pictures."""
