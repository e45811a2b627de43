"""Adds what rewards have to say to the administration of streaks, milestones and runs."""

from rewards.admin.past import has_past_permission, reward_past
from rewards.admin.pool import coupon_codes, has_pool_permission
from rewards.admin.pool_points import check_pools
from rewards.admin.reward import add_rewards
from streaks.admin.explanation import add_context
from streaks.admin.milestone import MilestoneAdmin
from streaks.admin.streak.checklist import add_check

MilestoneAdmin.add_page(button=coupon_codes, permission=has_pool_permission)
MilestoneAdmin.add_page(button=reward_past, permission=has_past_permission)
add_check(check_pools)
add_context(add_rewards)
