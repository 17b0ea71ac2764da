"""The database's history. Written by hand: composite keys, partial indexes and triggers are beyond what Tortoise
generates. A test compares the result with the models, column by column."""
