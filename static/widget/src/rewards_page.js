/* The page of the member's rewards. */
import { button, fill, foreign, make } from "./elements.js";
import { emptyPage, signInNotice } from "./notices.js";
import { addressOf, callPage } from "./page.js";
import { picture } from "./pictures.js";
import { freezeReward } from "./protection.js";
import { isUsable, rewardTitle } from "./rewards.js";

export function rewardsPage(view) {
  const { data, texts, isGuest } = view.programme;
  if (isGuest) return [signInNotice(view), emptyPage("gift", texts.noRewards)];
  if (!data.rewards.length) return [emptyPage("gift", texts.noRewards)];
  const groups = [
    [texts.rewardsReady, (status) => isUsable(status)],
    [texts.rewardsUsed, (status) => status === "redeemed"],
    [texts.rewardsExpired, (status) => status === "expired"],
  ];
  return groups.flatMap(([title, belongs]) => {
    const rewards = data.rewards.filter((reward) => belongs(reward.rewardStatus));
    if (!rewards.length) return [];
    const cards = rewards.map((reward) => rewardCard(reward, view));
    return [make("h3", { class: "section" }, title), make("ul", { class: "stack", role: "list" }, cards)];
  });
}

function rewardCard(reward, view) {
  const { texts, formats } = view.programme;
  const { milestone, couponCode: code, rewardStatus: status } = reward;
  const usable = isUsable(status);
  const when = { redeemed: [texts.usedOn, reward.redeemedAt], expired: [texts.expiredOn, reward.rewardExpiryAt] };
  const [sentence, instant] = when[status] || [texts.validUntil, reward.rewardExpiryAt];
  const howTo = reward.eudMilestoneRewardInstructionMessage;
  return make(
    "li",
    { class: usable ? "card" : "card over" },
    make(
      "div",
      { class: "top" },
      make(
        "div",
        null,
        foreign("h3", rewardTitle(reward, texts)),
        milestone && milestone.eudDescription && foreign("p", milestone.eudDescription, { class: "muted" }),
      ),
    ),
    code ? couponCode(reward, view) : status === "pending" && make("p", { class: "message" }, texts.rewardPending),
    milestone && freezeReward(milestone, view.programme),
    instant && make("p", { class: "muted" }, fill(sentence, { date: formats.date(instant) })),
    usable && howTo && howToRedeem(reward, howTo, view),
  );
}

function couponCode(reward, view) {
  const { texts } = view.programme;
  const element = make("code", { dir: "ltr", id: `code-${reward.id}` }, reward.couponCode);
  const copied = view.copied && view.copied.id === reward.id ? view.copied : {};
  const isCopied = copied.isDone === true;
  return make(
    "div",
    { class: "code" },
    element,
    isUsable(reward.rewardStatus) &&
      button(
        `copy-${reward.id}`,
        { class: isCopied ? "solid second" : "solid", click: () => view.copy(reward, element) },
        isCopied && picture("check"),
        isCopied ? texts.copied : texts.copyButton,
        make("span", { class: "hidden" }, `: ${reward.couponCode}`),
      ),
    isUsable(reward.rewardStatus) && useCode(reward, view),
    copied.isDone === false && make("p", { class: "muted" }, texts.copyFailed),
  );
}

/** Return a button that uses a code at the checkout, as the options say; null when they say nothing. */
function useCode({ id, couponCode: code, milestoneId, linkedSchemaRecordId: streakId }, { programme: { texts, options } }) {
  const key = `use-${id}`;
  const words = [texts.useCodeButton, make("span", { class: "hidden" }, `: ${code}`)];
  if (options.onUseCode) {
    const click = () => callPage(options.onUseCode, code, { rewardLogId: id, milestoneId, streakId });
    return button(key, { class: "solid", click }, words);
  }
  if (!options.useCodeUrl) return null;
  const href = addressOf(options.useCodeUrl.replace("{code}", () => encodeURIComponent(code)));
  return make("a", { class: "button solid", href, "data-key": key }, words);
}

function howToRedeem(reward, text, view) {
  const summary = make("summary", { "data-key": `how-${reward.id}` }, view.programme.texts.howToRedeem);
  const details = make("details", null, summary, foreign("p", text));
  details.open = view.opened.has(reward.id);
  details.addEventListener("toggle", () => (details.open ? view.opened.add(reward.id) : view.opened.delete(reward.id)));
  return details;
}
