"""Where migrations that have landed look for what they run."""

from gamopanda.conf.statements import AddIndexWithoutLock, RemoveIndexWithoutLock, on_postgresql

__all__ = ["AddIndexWithoutLock", "RemoveIndexWithoutLock", "on_postgresql"]
