/* The state of a streak and of its campaign. */

const TASK_TEXTS = { daily: "today", weekly: "thisWeek", monthly: "thisMonth" };

export const statusOf = (streak) => (streak.streakProgress ? streak.streakProgress.streakProgressStatus : "not_started");

/** Say whether activity counts now: a campaign that has begun and has not ended. */
export const isRunning = ({ phase }) => phase !== "scheduled" && phase !== "ended";

/** Return the name of the present period. */
export const periodName = (streak, texts) => texts[TASK_TEXTS[streak.aggregationPeriod]];

/** Return the streaks in the order of the marketer; where that is equal, runs in progress first, completed and ended last. */
export function inOrder(streaks) {
  const placeOf = ({ displayOrder }) => displayOrder || 0;
  return [...streaks].sort((one, other) => placeOf(one) - placeOf(other) || rankOf(one) - rankOf(other));
}

function rankOf(streak) {
  if (streak.phase === "ended") return 3;
  const ranks = { in_progress: 0, completed: 2 };
  return ranks[statusOf(streak)] ?? 1;
}
