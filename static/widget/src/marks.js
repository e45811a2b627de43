/* A mark for each period of a streak. */
import { fill, make } from "./elements.js";
import { picture } from "./pictures.js";
import { SKIPPED } from "./protection.js";
import { skippedPlaces } from "./skipped_periods.js";
import { isRunning, statusOf } from "./streaks.js";

const MARKS_AT_ONCE = 31;

/** Return the periods that have a mark: all, or those around the present one. */
function markedPeriods(value, target) {
  if (target <= MARKS_AT_ONCE) return { first: 1, last: target };
  const first = Math.max(1, Math.min(value - 6, target - MARKS_AT_ONCE + 3));
  return { first, last: Math.min(target, first + MARKS_AT_ONCE - 3) };
}

function periodMark(number, { value, next, prizes, texts, formats }) {
  const isDone = number <= value;
  const state = isDone ? "done" : number === value + 1 ? next : "";
  const words = { done: texts.markDone, now: texts.markNow, missed: texts.markMissed }[state] || texts.markToCome;
  const figure = formats.number(number);
  const prize = prizes.has(number);
  const inside = state === "done" ? picture("check") : state === "missed" ? picture("cross") : figure;
  const prizePicture = prize && picture("star");
  if (prizePicture) prizePicture.setAttribute("class", "filled prize");
  return make(
    "li",
    { class: `mark ${state}` },
    make("span", { class: "hidden" }, `${figure}: ${words}${prize ? `, ${texts.markMilestone}` : ""}`),
    typeof inside === "string" ? make("span", { "aria-hidden": "true" }, inside) : inside,
    prizePicture,
  );
}

/** Return the state of the period after the completed ones: missed, now, or to come. */
function nextMark(streak) {
  const status = statusOf(streak);
  if (status === "broken") return "missed";
  const isOpen = isRunning(streak) && streak.taskProgress.status === "in_progress";
  return isOpen && status !== "completed" ? "now" : "";
}

/** Return the mark of skipped periods in a row: a picture, their number, and words for screen readers. */
function skippedMark({ state, count }, { texts, formats }) {
  const { drawing, text } = SKIPPED[state];
  const figure = formats.number(count);
  return make(
    "li",
    { class: `mark skipped ${state}` },
    make("span", { class: "hidden" }, count > 1 ? `${texts[text]}: ${figure}` : texts[text]),
    picture(drawing),
    count > 1 && make("span", { "aria-hidden": "true" }, figure),
  );
}

export function periodMarks(streak, { texts, formats, isGuest }) {
  const value = streak.streakProgress ? streak.streakProgress.currentProgressValue : 0;
  const target = streak.completionTargetValue;
  const { first, last } = markedPeriods(value, target);
  const prizes = new Set(streak.milestones.map((milestone) => milestone.milestoneTargetValue));
  const about = { value, next: isGuest ? "" : nextMark(streak), prizes, texts, formats };
  const gap = () => make("li", { class: "mark gap", "aria-hidden": "true" }, "…");
  const marks = [];
  const skipped = skippedPlaces(streak);
  const skippedAt = (place) => (skipped.get(place) || []).map((group) => skippedMark(group, about));
  if (first > 1) marks.push(gap());
  else marks.push(...skippedAt(0));
  for (let number = first; number <= last; number += 1) marks.push(periodMark(number, about), ...skippedAt(number));
  if (last < target) marks.push(gap());
  const name = fill(texts.completedPeriods, { value: formats.number(value), target: formats.number(target) });
  return make("ol", { class: "marks", role: "list", "aria-label": name }, marks);
}
