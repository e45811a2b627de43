"""Passwords of people who sign in: a link to choose one, for who is invited and for who has forgotten it."""
