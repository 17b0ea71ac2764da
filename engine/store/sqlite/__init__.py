"""All that knows it is SQLite: the connections, the owner's lock, and the journal's statements on the writer thread."""
