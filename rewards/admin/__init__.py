"""Administration of rewards and of the pools of coupon codes."""

from rewards.admin import pages, pool, reward  # noqa: F401
