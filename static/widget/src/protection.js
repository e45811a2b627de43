/* Freezes and excused periods of a run, in words. */
import { fill, line } from "./elements.js";
import { isRestDay, skippedCounts } from "./skipped_periods.js";
import { isRunning, periodName, statusOf } from "./streaks.js";

export const SKIPPED = {
  frozen: { drawing: "snow", text: "markFrozen" },
  excused: { drawing: "pause", text: "markExcused" },
  rest: { drawing: "moon", text: "markRest" },
};

/** Return a line for each way in which the run is or was protected. */
export function protectionLines(streak, programme) {
  if (programme.isGuest || !streak.streakProgress) return null;
  return statusOf(streak) === "in_progress" ? presentLines(streak, programme) : pastLines(streak, programme);
}

/** Return a line with the freezes that a milestone gives, if it gives any. */
export function freezeReward({ freezeReward: count }, { texts, formats }) {
  return count > 0 && line("snow", fill(texts.freezeReward, { count: formats.number(count) }));
}

function presentLines(streak, { texts, formats }) {
  const { freezesLeft, freezesMax = streak.freezeMaxCount, isProtected } = streak.streakProgress;
  const period = periodName(streak, texts);
  const hasFreezes = freezesMax > 0 && Number.isFinite(freezesLeft);
  const balance = hasFreezes && { count: formats.number(freezesLeft), maximum: formats.number(freezesMax) };
  const isExcused = streak.taskProgress.status === "excused";
  const isRest = isRestDay(streak.taskProgress.periodKey, streak);
  return [
    isRunning(streak) && isExcused && line(isRest ? "moon" : "pause", fill(texts.excusedNow, { period })),
    isRunning(streak) && isProtected && line("shield", fill(texts.protectedNow, { period })),
    balance && line("snow", fill(texts.freezesLeft, balance)),
  ];
}

function pastLines(streak, { texts, formats }) {
  const reasons = { none_left: texts.freezeNoneLeft, run_too_short: texts.freezeRunTooShort };
  const { freezeDeclined } = streak.streakProgress;
  const counts = Object.entries(skippedCounts(streak));
  return [
    freezeDeclined in reasons && line("snow", reasons[freezeDeclined]),
    counts.map(([state, count]) => line(SKIPPED[state].drawing, `${texts[SKIPPED[state].text]}: ${formats.number(count)}`)),
  ];
}
