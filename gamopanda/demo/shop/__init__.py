"""A small shop to try the display in, at /demo/: for a first look, never in production."""
