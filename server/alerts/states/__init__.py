"""What becomes of a match: pending, firing, acknowledged, resolved, expired or suppressed."""
