/* Streaks. */

export const statusOf = (streak) => (streak.streakProgress ? streak.streakProgress.streakProgressStatus : "not_started");

/** What is under way first, what is done last; otherwise as the server has them. */
export function inOrderOfInterest(streaks) {
  const rank = { in_progress: 0, completed: 2 };
  const rankOf = (streak) => rank[statusOf(streak)] ?? 1;
  return [...streaks].sort((one, other) => rankOf(one) - rankOf(other));
}
