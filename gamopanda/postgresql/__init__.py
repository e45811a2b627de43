"""Django's own backend for PostgreSQL, for a database that goes away and comes back."""
