"""What clients ask of a face beside whose it is: pose, mask, and estimates of age and gender."""
