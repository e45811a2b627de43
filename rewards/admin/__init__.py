"""Administration of rewards and of the pools of coupon codes."""

from rewards.admin import pool, reward  # noqa: F401
