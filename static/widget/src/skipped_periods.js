/* Frozen, excused and rest days: periods of a run that were neither completed nor missed. */
import { statusOf } from "./streaks.js";

const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Return the key of the period before another; keys are first dates of periods, such as 2026-03-01. */
function keyBefore(key, period) {
  const date = new Date(`${key}T00:00:00Z`);
  if (period === "monthly") date.setUTCMonth(date.getUTCMonth() - 1);
  else date.setUTCDate(date.getUTCDate() - (period === "weekly" ? 7 : 1));
  return date.toISOString().slice(0, 10);
}

export function isRestDay(key, { aggregationPeriod, activeWeekdays }) {
  if (aggregationPeriod !== "daily" || !Array.isArray(activeWeekdays)) return false;
  return !activeWeekdays.includes(WEEKDAYS[new Date(`${key}T00:00:00Z`).getUTCDay()]);
}

/** Return the skipped periods of the displayed run: key -> state. */
function skippedStates(streak) {
  const { frozenPeriods, excusedPeriods } = streak.streakProgress || {};
  const states = new Map((frozenPeriods || []).map((key) => [key, "frozen"]));
  for (const key of excusedPeriods || []) states.set(key, isRestDay(key, streak) ? "rest" : "excused");
  return states;
}

/** Return how many periods of the displayed run were skipped: state -> count. */
export function skippedCounts(streak) {
  const counts = {};
  for (const state of skippedStates(streak).values()) counts[state] = (counts[state] || 0) + 1;
  return counts;
}

/**
 * Return where the skipped periods of a run in progress lie: number of completed periods before them -> groups
 * `{ state, count }`, in order. Every other ended period of such a run is complete, so their places follow from the
 * present one backward.
 */
export function skippedPlaces(streak) {
  const { taskProgress, aggregationPeriod } = streak;
  const places = new Map();
  if (statusOf(streak) !== "in_progress" || !taskProgress.periodKey) return places;
  const states = skippedStates(streak);
  let completed = streak.streakProgress.currentProgressValue;
  let key = taskProgress.periodKey;
  if (taskProgress.status === "completed") completed -= 1;
  else if (taskProgress.status === "excused") note(places, completed, isRestDay(key, streak) ? "rest" : "excused");
  states.delete(key);
  while (states.size && completed >= 0) {
    key = keyBefore(key, aggregationPeriod);
    if (states.has(key)) note(places, completed, states.get(key));
    else completed -= 1;
    states.delete(key);
  }
  return places;
}

function note(places, completed, state) {
  const groups = places.get(completed) || [];
  if (groups.length && groups[0].state === state) groups[0].count += 1;
  else groups.unshift({ state, count: 1 });
  places.set(completed, groups);
}
