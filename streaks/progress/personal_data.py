"""What this app stores about members. `streaks.progress.merging` moves all of it."""

from gamopanda.accounts.models import Member
from gamopanda.accounts.personal_data import PersonalTable, register_personal_table, rows_by
from streaks.models import (
    ExcusedMember,
    SetAsideLog,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakProgress,
    TaskProgress,
)


def register_tables() -> None:
    """Register it; called when Django is ready."""
    register_personal_table(PersonalTable(StreakLog, "streakLogs", rows_by(StreakLog)))
    register_personal_table(PersonalTable(SetAsideLog, "setAsideLogs", rows_by(SetAsideLog)))
    register_personal_table(PersonalTable(TaskProgress, "periodTotals", rows_by(TaskProgress)))
    register_personal_table(PersonalTable(StreakProgress, "runs", rows_by(StreakProgress)))
    register_personal_table(PersonalTable(StreakExcuse, "excuses", rows_by(StreakExcuse), erase=_erase_reasons))
    register_personal_table(PersonalTable(ExcusedMember, "amnesties", rows_by(ExcusedMember)))
    register_personal_table(PersonalTable(StreakFreeze, "freezes", rows_by(StreakFreeze), erase=_erase_reasons))


def _erase_reasons(member: Member) -> None:
    """Take away what people have written about the member."""
    StreakExcuse.objects.filter(member=member).update(reason="")
    StreakFreeze.objects.filter(member=member).update(reason="")
