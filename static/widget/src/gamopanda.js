/*
 * Gamopanda Streaks: the end-user display. `make widget` bundles these modules into one script; see docs/widget.md.
 *
 * Everything lives in a shadow root, so that neither page nor display changes the looks of the other. Every text is
 * set as text, never as markup. The access token stays in memory.
 */
import { FloatingView } from "./floating_view.js";
import { InlineView } from "./inline_view.js";
import { whenThereIsABody } from "./page.js";
import { script } from "./parts.js";
import { Programme } from "./programme.js";

let current = null;
let shared = null;
const waiting = new Set();

function baseUrlOf(options) {
  const address = options.apiUrl || (script && script.src && new URL("../../", script.src).href);
  if (!address) throw new TypeError("Gamopanda.initialize: say apiUrl, such as https://streaks.example.com/");
  return address.endsWith("/") ? address : `${address}/`;
}

/** Start the display and return its handle. A second call takes the place of the first. */
function initialize(options) {
  if (!options || typeof options.accountId !== "string" || !options.accountId) {
    throw new TypeError("Gamopanda.initialize: say accountId, as your administrators know it.");
  }
  if (current) current.destroy();
  const programme = new Programme({ ...options, baseUrl: baseUrlOf(options) });
  const host = document.createElement("gamopanda-display");
  host.setAttribute("data-floating", "");
  const floating = new FloatingView(host, programme);
  const handle = handleOf(programme, floating);
  current = handle;
  shared = programme;
  whenThereIsABody(() => current === handle && document.body.append(host));
  for (const element of waiting) element.show(programme);
  programme.refresh();
  return handle;
}

function handleOf(programme, floating) {
  const handle = {
    open: () => floating.open(),
    close: () => floating.close(),
    refresh: () => programme.refresh(),
    setAccessToken: (token) => programme.setToken(token),
    setLanguage: (language) => programme.setLanguage(language),
    destroy() {
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

/** Offer the display to the page, once however often the script is there. */
function offer() {
  if (window.Gamopanda) return;
  window.Gamopanda = Object.freeze({ initialize });
  if (!customElements.get("gamopanda-streaks")) customElements.define("gamopanda-streaks", GamopandaStreaks);
  if (!script || !script.dataset.accountId) return;
  // For guests: a token has no place in the page's markup.
  const { accountId, languageCode, signInUrl, theme } = script.dataset;
  initialize({ accountId, languageCode, signInUrl, theme });
}

offer();
