/* The page of all streaks. */
import { button, foreign, make } from "./elements.js";
import { periodMarks } from "./marks.js";
import { emptyPage, signInNotice } from "./notices.js";
import { protectionLines } from "./protection.js";
import { messagesOf, streakHead, taskOf } from "./streak_pieces.js";
import { inOrder } from "./streaks.js";

function streakCard(streak, view) {
  const { programme } = view;
  return make(
    "li",
    { class: "card" },
    streakHead(streak, programme),
    streak.eudDescription && foreign("p", streak.eudDescription, { class: "muted short" }),
    programme.isGuest ? null : messagesOf(streak),
    periodMarks(streak, programme),
    taskOf(streak, view),
    protectionLines(streak, programme),
    button(
      `details-${streak.id}`,
      { class: "solid second", click: () => view.go({ streakId: streak.id }) },
      foreign("span", streak.eudViewDetailsButtonText),
      make("span", { class: "hidden" }, `: ${streak.eudTitle || programme.texts.untitledStreak}`),
    ),
  );
}

export function streaksPage(view) {
  const { data, texts, isGuest } = view.programme;
  const call = isGuest ? signInNotice(view) : null;
  if (!data.streaks.length) return [call, emptyPage("flame", texts.noStreaks)];
  const cards = inOrder(data.streaks).map((streak) => streakCard(streak, view));
  return [call, make("ul", { class: "stack", role: "list" }, cards)];
}
