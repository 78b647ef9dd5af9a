"""The key service: keeps the locked data keys of several servers, and destroys them."""
