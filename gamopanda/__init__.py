"""Gamopanda Streaks."""

VERSION = "1.0"
