/* The pieces of a streak that its card and its page share. */
import { fill, foreign, line, make } from "./elements.js";
import { picture } from "./pictures.js";
import { isRunning, periodName, statusOf } from "./streaks.js";

const STATUS_PICTURES = { in_progress: "flame", completed: "check", broken: "cross", not_started: "ring" };

function taskBar(streak, { texts, formats }) {
  const { currentValue, targetValue, status } = streak.taskProgress;
  const amount = fill(texts.progress, { value: formats.number(currentValue), target: formats.number(targetValue) });
  // Never full before it is.
  const limit = status === "completed" ? 100 : 98;
  const share = Math.min(limit, Math.max(0, (currentValue / targetValue) * 100));
  const name = periodName(streak, texts);
  const bar = make("div");
  bar.style.width = `${share}%`;
  return make(
    "div",
    { class: "task" },
    make("div", null, make("strong", null, name), make("span", { dir: "auto" }, amount)),
    make(
      "div",
      {
        class: "bar",
        role: "progressbar",
        "aria-label": name,
        "aria-valuemin": 0,
        "aria-valuemax": targetValue,
        "aria-valuenow": Math.min(targetValue, Math.max(0, currentValue)),
        "aria-valuetext": amount,
      },
      bar,
    ),
  );
}

function timeLeft(streak, view) {
  const until = streak.streakProgress && streak.streakProgress.streakBreaksAt;
  if (!until) return null;
  const text = make("span", { role: "timer" });
  view.countdowns.push(() => {
    const time = view.programme.formats.duration(Date.parse(until) - view.programme.now);
    const words = fill(view.programme.texts.timeLeft, { time });
    if (text.textContent !== words) text.textContent = words;
  });
  return make("p", { class: "left" }, picture("clock"), text);
}

/** Return an uploaded picture as an image, in which no script runs; null when the text is no address. */
export function icon(address, size) {
  // A blob is what the settings' preview shows before it is saved.
  if (!/^(https?:\/\/|blob:)/i.test(address)) return null;
  const about = { class: "icon", alt: "", width: size, height: size, referrerpolicy: "no-referrer" };
  const image = make("img", about);
  // The space stays: nothing moves when a picture cannot be loaded.
  image.addEventListener("error", () => (image.style.visibility = "hidden"));
  image.src = address;
  return image;
}

export function streakHead(streak, { texts, isGuest }, heading) {
  const status = statusOf(streak);
  const { statusLabel, statusLabelLanguage: lang } = streak.display;
  return make(
    "div",
    { class: "top" },
    icon(streak.eudIcon, 44),
    make(
      "div",
      null,
      foreign("h3", streak.eudTitle || texts.untitledStreak, heading),
      !isGuest &&
        make(
          "span",
          { class: `status ${status}` },
          picture(STATUS_PICTURES[status]),
          foreign("span", statusLabel, { lang }),
        ),
    ),
  );
}

/** Return the present task and the time left for it; outside of the campaign, its begin or end. */
export function taskOf(streak, view) {
  const { programme } = view;
  const { formats, texts, isGuest } = programme;
  if (isRunning(streak)) return [!isGuest && taskBar(streak, programme), timeLeft(streak, view)];
  const [sentence, instant] = streak.phase === "ended" ? [texts.endedOn, streak.endsAt] : [texts.startsOn, streak.startsAt];
  return instant ? line("clock", fill(sentence, { date: formats.date(instant) })) : null;
}

/** Return the messages; before and after the campaign only those of a run that is over, for they ask for nothing. */
export function messagesOf(streak) {
  const isOver = ["completed", "broken"].includes(statusOf(streak));
  return isRunning(streak) || isOver ? messagesOfRun(streak) : [];
}

function messagesOfRun({ display: { messages, messageLanguages = [] } }) {
  const aboutOf = (index) => ({ class: index ? "message" : "message first", lang: messageLanguages[index] });
  return messages.map((text, index) => (text ? foreign("p", text, aboutOf(index)) : null));
}
