"""The program on the Pi: cameras, the newest-frame slot, the link to the server, the pages."""
