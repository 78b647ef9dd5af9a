"""What runs on the recognising machine: the socket service and the pipeline behind it."""
