/* Rewards. */
import { button } from "./elements.js";

export const isUsable = (status) => status === "issued" || status === "pending";

export const rewardTitle = ({ milestone }, texts) => (milestone && milestone.eudTitle) || texts.untitledReward;

export const viewReward = (key, view) =>
  button(key, { class: "solid", click: () => view.go({ tab: "rewards" }) }, view.programme.texts.viewRewardButton);
