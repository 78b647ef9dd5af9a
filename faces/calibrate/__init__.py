"""The calibration of the rule to a gallery: `lookout calibrate`."""
