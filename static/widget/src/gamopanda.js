/*
 * Gamopanda Streaks: the end-user display. `make widget` bundles these modules into one script; see docs/widget.md.
 *
 * Everything lives in a shadow root, so that neither page nor display changes the looks of the other. Every text is
 * set as text, never as markup. The access token stays in memory.
 */
import { FloatingView } from "./floating_view.js";
import { InlineView } from "./inline_view.js";
import { checkedOptions } from "./options.js";
import { keepInBody } from "./page.js";
import { script } from "./parts.js";
import { Programme } from "./programme.js";

let current = null;
let shared = null;
const waiting = new Set();

function baseUrlOf({ apiUrl }) {
  if (apiUrl) return new URL(apiUrl.replace(/\/?$/, "/"), document.baseURI).href;
  return script && script.src ? new URL("../../", script.src).href : null;
}

/** Start the display and return its handle. A second call takes the place of the first. */
function initialize(given) {
  const { options, problems } = checkedOptions(given);
  const baseUrl = baseUrlOf(options);
  if (!baseUrl) problems.push("apiUrl has to be the address of your installation.");
  const canStart = options.accountId && baseUrl;
  // One message, and never an exception: the page has more important things to do.
  if (problems.length) {
    const outcome = canStart ? "These options are ignored." : "Nothing is shown.";
    console.error(`Gamopanda.initialize: ${problems.join(" ")} ${outcome}`);
  }
  return canStart ? start({ ...options, baseUrl }) : INERT;
}

const INERT = Object.freeze({
  open() {},
  close() {},
  refresh: () => Promise.resolve(),
  setAccessToken: () => Promise.resolve(),
  setLanguage: () => Promise.resolve(),
  destroy() {},
});

function start(options) {
  if (current) current.destroy();
  const programme = new Programme(options);
  const host = document.createElement("gamopanda-display");
  host.setAttribute("data-floating", "");
  const floating = new FloatingView(host, programme);
  const leave = keepInBody(host, () => {
    floating.raise();
    programme.colourScheme.observe();
  });
  const handle = handleOf(programme, floating, leave);
  current = handle;
  shared = programme;
  for (const element of waiting) element.show(programme);
  programme.refresh();
  return handle;
}

function handleOf(programme, floating, leave) {
  const handle = {
    open: () => floating.open(),
    close: () => floating.close(),
    refresh: () => programme.refresh(),
    setAccessToken: (token) => programme.setToken(token),
    setLanguage: (language) => programme.setLanguage(language),
    destroy() {
      leave();
      for (const view of programme.views) view.remove();
      programme.destroy();
      if (current === handle) current = shared = null;
    },
  };
  return Object.freeze(handle);
}

/** Shows what `initialize` has started, inside of a page. */
class GamopandaStreaks extends HTMLElement {
  connectedCallback() {
    this.setAttribute("data-inline", "");
    waiting.add(this);
    if (shared) this.show(shared);
  }

  show(programme) {
    if (this.view && this.view.programme === programme) return;
    this.view = new InlineView(this, programme);
    this.view.draw();
  }

  disconnectedCallback() {
    waiting.delete(this);
    if (this.view) this.view.programme.views.delete(this.view);
    this.view = null;
  }
}

/** Return the options in the script's own markup. They are for guests: a token has no place there. */
function optionsOf({ dataset: { accountId, languageCode, signInUrl, theme } }) {
  return { accountId, languageCode, signInUrl, theme };
}

/** Offer the display to the page, once however often the script is there. */
function offer() {
  if (window.Gamopanda) return;
  window.Gamopanda = Object.freeze({
    initialize,
    get display() {
      return current;
    },
  });
  if (!customElements.get("gamopanda-streaks")) customElements.define("gamopanda-streaks", GamopandaStreaks);
  if (window.gamopandaOptions) initialize(window.gamopandaOptions);
  else if (script && script.dataset.accountId) initialize(optionsOf(script));
}

offer();
