"""Other systems' real clients against the real server: each life cycle, step by step."""
