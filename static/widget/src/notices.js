/* Notices above the streaks, or in their place. */
import { button, make } from "./elements.js";
import { addressOf, callPage } from "./page.js";
import { picture } from "./pictures.js";

export function signInNotice(view) {
  const { texts, options } = view.programme;
  return make("div", { class: "notice" }, make("p", null, texts.signInMessage), signInButton(texts, options));
}

function signInButton(texts, options) {
  if (options.onSignIn) {
    return button("sign-in", { class: "solid", click: () => callPage(options.onSignIn) }, texts.signInButton);
  }
  if (!options.signInUrl) return null;
  return make("a", { class: "button solid", href: addressOf(options.signInUrl), "data-key": "sign-in" }, texts.signInButton);
}

export function failureNotice(view) {
  const { texts, isSignedOut, options } = view.programme;
  return make(
    "div",
    { class: "notice", role: "alert" },
    make("p", null, isSignedOut ? texts.signedOut : texts.unavailable),
    (isSignedOut && signInButton(texts, options)) ||
      button("retry", { class: "solid second", click: () => view.programme.refresh() }, texts.retryButton),
  );
}

export function skeleton(texts) {
  const bone = (width) => {
    const element = make("div", { class: "bone" });
    element.style.width = width;
    return element;
  };
  const card = () =>
    make(
      "div",
      { class: "card" },
      make("div", { class: "top" }, make("div", { class: "bone round" }), make("div", null, bone("70%"), bone("40%"))),
      bone("100%"),
      bone("85%"),
      bone("60%"),
    );
  const cards = [card(), card()];
  for (const element of cards) element.setAttribute("aria-hidden", "true");
  return [make("p", { class: "hidden", role: "status" }, texts.loading), ...cards];
}

export const emptyPage = (name, text) => make("div", { class: "center" }, picture(name), make("p", null, text));
