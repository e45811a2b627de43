"""Administration of rewards and of the pools of coupon codes."""

from rewards.admin import pool, reward, streak  # noqa: F401
