"""What stands behind the store's interface where the records are kept in MongoDB."""
