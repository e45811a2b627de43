/* The page of one streak. */
import { button, fill, foreign, make } from "./elements.js";
import { periodMarks } from "./marks.js";
import { signInNotice } from "./notices.js";
import { picture } from "./pictures.js";
import { freezeReward, protectionLines } from "./protection.js";
import { isUsable, viewReward } from "./rewards.js";
import { messagesOf, streakHead, taskOf } from "./streak_pieces.js";
import { isRunning, statusOf } from "./streaks.js";

export function detailsPage(streak, view) {
  const { programme } = view;
  return [
    streakHead(streak, programme, { tabindex: "-1", "data-key": "details-title" }),
    streak.eudDescription && foreign("p", streak.eudDescription, { class: "muted" }),
    programme.isGuest ? signInNotice(view) : messagesOf(streak),
    periodMarks(streak, programme),
    taskOf(streak, view),
    protectionLines(streak, programme),
    breakOf(streak, view),
    ladder(streak, view),
  ];
}

/** Return the way to a break, where the streak allows its members to take one. */
function breakOf(streak, view) {
  const { texts, isGuest } = view.programme;
  const isAllowed = !isGuest && streak.memberBreaksAllowed && isRunning(streak) && statusOf(streak) === "in_progress";
  if (!isAllowed) return null;
  if (view.form) return view.form;
  return [
    view.breakNews && make("p", { class: "notice" }, view.breakNews),
    button("break", { class: "solid second", click: () => view.takeBreak(streak) }, texts.breakButton),
  ];
}

function ladder(streak, view) {
  const { texts } = view.programme;
  if (!streak.milestones.length) return null;
  const items = streak.milestones.map((milestone) => milestoneItem(milestone, streak, view));
  return [make("h3", { class: "section" }, texts.milestonesHeading), make("ol", { class: "ladder", role: "list" }, items)];
}

function milestoneItem(milestone, streak, view) {
  const { texts, formats, isGuest } = view.programme;
  const status = statusOf(streak);
  const value = status === "in_progress" ? streak.streakProgress.currentProgressValue : 0;
  const count = formats.number(Math.max(0, milestone.milestoneTargetValue - value));
  const state = milestone.isReached ? texts.milestoneReached : fill(texts.milestoneToGo, { count });
  const reward = milestone.rewardLog;
  return make(
    "li",
    null,
    make("span", { class: milestone.isReached ? "mark done" : "mark" }, formats.number(milestone.milestoneTargetValue)),
    make(
      "div",
      null,
      foreign("h4", milestone.eudTitle || texts.untitledReward),
      milestone.eudDescription && foreign("p", milestone.eudDescription, { class: "muted" }),
      freezeReward(milestone, view.programme),
      !isGuest &&
        make("span", { class: "status" }, picture(milestone.isReached ? "check" : "ring"), make("span", null, state)),
      reward &&
        isUsable(reward.rewardStatus) &&
        viewReward(`reward-${reward.id}`, view),
    ),
  );
}
