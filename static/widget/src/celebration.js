/* The celebration of a milestone. */
import { button, foreign, make, pictureButton } from "./elements.js";
import { picture } from "./pictures.js";
import { rewardTitle, viewReward } from "./rewards.js";

export function party(view) {
  const { won, texts } = view.programme;
  if (!won.length) return null;
  const titles = won.map((reward) => rewardTitle(reward, texts));
  return make(
    "div",
    { class: "party" },
    make("strong", null, picture("trophy"), make("span", null, texts.milestoneCelebration)),
    titles.map((title) => foreign("p", title)),
    viewReward("party", view),
    view.partyOf !== won && confetti(),
  );
}

function confetti() {
  const pieces = Array.from({ length: 18 }, (_, number) => {
    const piece = make("i");
    piece.style.setProperty("--at", (number * 61) % 100);
    piece.style.setProperty("--hue", (number * 47) % 360);
    piece.style.setProperty("--wait", (number * 73) % 500);
    return piece;
  });
  return make("div", { class: "confetti", "aria-hidden": "true" }, pieces);
}

/** Return the message about a milestone that was reached while the panel is closed. */
export function toast(view) {
  const { won, texts } = view.programme;
  const look = () => {
    view.tab = "rewards";
    view.leavePage();
    view.open();
  };
  const putAway = () => {
    view.leavePage();
    view.draw();
  };
  const titles = won.map((reward) => foreign("p", rewardTitle(reward, texts)));
  return make(
    "div",
    { class: "toast" },
    picture("trophy"),
    make("div", null, make("strong", null, texts.milestoneCelebration), titles),
    pictureButton("close", texts.closeButton, putAway),
    button("toast", { class: "solid", click: look }, texts.viewRewardButton),
  );
}
