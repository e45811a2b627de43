"""Django's own backend for PostgreSQL, with a cheaper look whether a connection of the pool still lives."""
