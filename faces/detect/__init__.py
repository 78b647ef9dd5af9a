"""Face detectors behind one protocol, each in its own file with its preprocessing stated."""
