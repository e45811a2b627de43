/* The demo shop: what its buttons do, and what goes over the wire meanwhile. */
(() => {
  "use strict";

  const config = JSON.parse(document.getElementById("demo-config").textContent);
  const wire = document.getElementById("wire");
  const clock = document.getElementById("clock");
  const sign = document.getElementById("sign");
  const MAX_CALLS = 20;
  let isSignedIn = true;
  let lastDeed = Promise.resolve();

  // --- What goes over the wire ---------------------------------------------------------------------------------------

  const masked = (name, value) => (name === "x-enduser-access-token" ? `${value.slice(0, 12)}…` : value);

  /** Show one call: its line, and behind it headers, body and answer. */
  function showCall({ method, path, headers, body, status, answer }) {
    const item = document.createElement("li");
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    const text = document.createElement("pre");
    summary.textContent = `${method} ${path} → ${status}`;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${masked(name, value)}`);
    const parts = [lines.join("\n"), body && JSON.stringify(body, null, 2), answer && JSON.stringify(answer, null, 2)];
    text.textContent = parts.filter(Boolean).join("\n\n");
    text.tabIndex = 0;
    details.append(summary, text);
    item.append(details);
    wire.prepend(item);
    while (wire.children.length > MAX_CALLS) wire.lastChild.remove();
  }

  // The display calls the API on its own: look over its shoulder.
  const send = window.fetch.bind(window);
  window.fetch = async (address, options) => {
    const url = new URL(address, location.href);
    const answer = await send(address, options);
    if (url.pathname.startsWith("/api/")) {
      const copy = await answer.clone().json().catch(() => null);
      const path = url.pathname + url.search;
      showCall({ method: "GET", path, headers: options.headers, body: null, status: answer.status, answer: copy });
    }
    return answer;
  };

  // --- The display ---------------------------------------------------------------------------------------------------

  const post = async (path) => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const answer = await send(path, { method: "POST", headers: { "x-csrftoken": token } });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  };

  const theme = document.getElementById("theme");
  const language = document.getElementById("language");
  let display = null;

  function start() {
    document.documentElement.dataset.theme = theme.value;
    display = Gamopanda.initialize({
      accountId: config.accountId,
      accessToken: isSignedIn ? config.accessToken : undefined,
      languageCode: language.value,
      theme: theme.value,
      // The other corner: here the display stands on the right already.
      alignment: "bottom_left",
      refreshAccessToken: async () => (await post("token")).accessToken,
      onSignIn: () => setSignedIn(true),
    });
  }

  function setSignedIn(value) {
    isSignedIn = value;
    sign.setAttribute("aria-pressed", String(!value));
    return display.setAccessToken(value ? config.accessToken : null);
  }

  // --- The buttons ---------------------------------------------------------------------------------------------------

  const sayDay = () => {
    clock.textContent = `Day ${config.days + 1} of your visit. You are ${config.externalId}.`;
  };

  async function act(deed) {
    try {
      const { calls, ...state } = await post(`do/${deed}`);
      Object.assign(config, state);
      for (const call of calls) showCall(call);
      sayDay();
      await setSignedIn(true);
    } catch (error) {
      clock.textContent = `That did not work: ${error.message}.`;
    }
  }

  // --- The webhook ---------------------------------------------------------------------------------------------------

  const taken = new Set();

  /** Show the calls that the shop's webhook has taken since the last look. */
  async function showWebhooks() {
    const answer = await send("webhooks");
    if (!answer.ok) return;
    const { calls } = await answer.json();
    for (const call of calls) {
      if (taken.has(call.id)) continue;
      taken.add(call.id);
      showCall(call);
    }
  }

  if (config.hasWebhook) setInterval(() => showWebhooks().catch(() => {}), 1500);

  for (const button of document.querySelectorAll("[data-deed]")) {
    // One after the other, however fast somebody presses.
    button.addEventListener("click", () => (lastDeed = lastDeed.then(() => act(button.dataset.deed))));
  }
  sign.addEventListener("click", () => setSignedIn(!isSignedIn));
  language.addEventListener("change", () => display.setLanguage(language.value));
  theme.addEventListener("change", start);
  if (matchMedia("(prefers-color-scheme: dark)").matches) theme.value = "dark";
  sayDay();
  start();
})();
