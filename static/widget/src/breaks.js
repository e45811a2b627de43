/* The form in which a member takes a break. */
import { button, make } from "./elements.js";

const PATH = "api/v1.0/schema/streak_excuse/record";
// For the team of the shop: members are not asked why.
const REASON = "Taken in the display";

/** Return today: the present period of a daily streak, on the clock of the streak; else the date in the browser. */
function todayOf({ aggregationPeriod, taskProgress }) {
  if (aggregationPeriod === "daily" && taskProgress.periodKey) return taskProgress.periodKey;
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function daysAfter(date, days) {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

function dayField(key, label, value) {
  const input = make("input", { type: "date", required: true, min: value, "data-key": key });
  input.value = value;
  return { input, field: make("label", null, label, input) };
}

/** Keep the last day within the days that the streak allows. */
function bound(first, last, { memberBreakMaxDays: longest }) {
  if (!first.value) return;
  last.min = first.value;
  if (longest) last.max = daysAfter(first.value, longest - 1);
  if (!last.value || last.value < last.min) last.value = last.min;
  if (last.max && last.value > last.max) last.value = last.max;
}

/** Return the form; it stays the same element while the page around it is drawn anew. */
export function breakForm(streak, view) {
  const { texts } = view.programme;
  const today = todayOf(streak);
  const first = dayField("break-first-day", texts.breakFirstDay, today);
  const last = dayField("break-last-day", texts.breakLastDay, today);
  first.input.addEventListener("change", () => bound(first.input, last.input, streak));
  bound(first.input, last.input, streak);
  const refusal = make("p", { role: "alert" });
  const save = make("button", { class: "solid", "data-key": "break-save" }, texts.breakSaveButton);
  const putAway = { class: "solid second", click: () => view.endBreak(null) };
  const cancel = button("break-cancel", putAway, texts.breakCancelButton);
  const submit = async (event) => {
    event.preventDefault();
    save.disabled = true;
    refusal.textContent = await send(streak, first.input.value, last.input.value, view);
    save.disabled = false;
  };
  const buttons = make("div", { class: "buttons" }, save, cancel);
  return make("form", { class: "card", submit, "aria-label": texts.breakButton }, first.field, last.field, refusal, buttons);
}

/** Send the break; return why it was refused, or an empty text. */
async function send(streak, startsOn, endsOn, view) {
  const { programme } = view;
  try {
    await programme.post(PATH, { kind: "member_break", streakId: streak.id, startsOn, endsOn, reason: REASON });
  } catch (error) {
    return [400, 403, 409].includes(error.status) ? programme.texts.breakRefused : programme.texts.breakFailed;
  }
  view.endBreak(programme.texts.breakSaved);
  programme.refresh();
  return "";
}
