"""Adds the pages of the console to the administration of streaks and runs."""

from gamopanda.console import preview, results, search
from streaks.admin.activity import StreakProgressAdmin
from streaks.admin.streak.layout import add_step
from streaks.admin.streak.model_admin import StreakAdmin

StreakAdmin.add_page(*preview.URLS)
StreakAdmin.add_page(*results.URLS, button=results.show_results)
StreakProgressAdmin.add_page(*search.URLS)
add_step(preview.STEP)
add_step(results.STEP)
