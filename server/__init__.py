"""What runs on the recognizing machine: the socket service and the pipeline behind it."""
