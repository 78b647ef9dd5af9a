"""The decision about a name: the rule, strangers, rejections and calibration."""
