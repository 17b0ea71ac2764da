"""The way out: one guarded HTTP client for every node."""
