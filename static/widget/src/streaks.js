/* Streaks: where the member stands in one, and where its campaign stands. */

const TASK_TEXTS = { daily: "today", weekly: "thisWeek", monthly: "thisMonth" };

export const statusOf = (streak) => (streak.streakProgress ? streak.streakProgress.streakProgressStatus : "not_started");

/** Say whether activity counts now: a campaign that has begun and has not ended. */
export const isRunning = ({ phase }) => phase !== "scheduled" && phase !== "ended";

/** Return the name of the present period. */
export const periodName = (streak, texts) => texts[TASK_TEXTS[streak.aggregationPeriod]];

/** Return the streaks with what is under way first, what is done or over last; otherwise as the server has them. */
export function inOrderOfInterest(streaks) {
  const rank = { in_progress: 0, completed: 2 };
  const rankOf = (streak) => (isRunning(streak) ? (rank[statusOf(streak)] ?? 1) : streak.phase === "ended" ? 3 : 1);
  return [...streaks].sort((one, other) => rankOf(one) - rankOf(other));
}
