/* The programme: one answer of the server, kept in memory, and what changes in it. */
import { ColourScheme } from "./colour_scheme.js";
import { DEFAULT_THEME } from "./colours.js";
import { cut } from "./elements.js";
import { formatsOf } from "./formats.js";
import { currentState, newsOf } from "./news.js";
import { offlineLanguage, offlineTexts } from "./offline_texts.js";
import { loadPart } from "./parts.js";
import { DISCREETLY, Failure, failureOf, read, timeLimit, whenAborted } from "./requests.js";
import { isUsable, rewardTitle } from "./rewards.js";
import { Retries } from "./retries.js";
import { readStored, store } from "./storage.js";
import { memberOf } from "./tokens.js";

const TIMEOUT = 20000;
const STALE_AFTER = 60000;

export class Programme {
  constructor(options) {
    this.options = options;
    this.language = languageOf(options.languageCode);
    this.token = options.accessToken || null;
    this.views = new Set();
    this.seen = readStored(this.seenKey);
    this.shownAt = 0;
    this.retries = new Retries(() => this.refresh());
    this.forget();
    this.onVisible = () => document.visibilityState === "visible" && this.catchUp();
    this.onOnline = () => this.failure && this.refresh();
    document.addEventListener("visibilitychange", this.onVisible);
    addEventListener("online", this.onOnline);
    this.colourScheme = new ColourScheme(() => this.draw());
    this.ticker = setInterval(() => this.tick(), 1000);
  }

  /** Forget everything that is a member's. */
  forget() {
    Object.assign(this, { data: null, tag: null, failure: null, isReady: false, won: [], due: Infinity });
  }

  get isGuest() {
    return !this.token;
  }

  get isSignedOut() {
    return Boolean(this.failure) && this.failure.status === 401;
  }

  get texts() {
    return this.widget ? this.widget.texts : offlineTexts(this.language);
  }

  get shownLanguage() {
    return this.answeredLanguage || offlineLanguage(this.language);
  }

  get theme() {
    const asked = this.options.theme || {};
    const chosen = typeof asked === "string" ? { colorScheme: asked } : asked;
    return { ...DEFAULT_THEME, ...(this.widget && this.widget.theme), ...chosen };
  }

  get launcher() {
    const { alignment, alignmentPositionX, alignmentPositionY, launcherIcon } = this.options;
    const launcherTitle = cut(this.options.launcherTitle, 48);
    const asked = { alignment, alignmentPositionX, alignmentPositionY, launcherIcon, launcherTitle };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    const defaults = { alignmentPositionX: 20, alignmentPositionY: 20, launcherTitle: this.texts.launcherTitle };
    return { ...defaults, ...(this.widget && this.widget.launcher), ...Object.fromEntries(given) };
  }

  get formats() {
    if (this.formatsLanguage !== this.shownLanguage) {
      this.formatsLanguage = this.shownLanguage;
      this.formatsInUse = formatsOf(this.shownLanguage, this.widget ? this.widget.decimalSeparator : ".");
    }
    return this.formatsInUse;
  }

  /** The server's clock, in milliseconds. */
  get now() {
    return Date.now() + (this.clockOffset || 0);
  }

  setToken(token) {
    const isSame = memberOf(token) !== null && memberOf(token) === memberOf(this.token);
    this.token = token || null;
    if (!isSame) this.forget();
    return this.restart();
  }

  setLanguage(language) {
    this.language = languageOf(language);
    this.tag = null;
    return this.restart();
  }

  /** A page that comes into view again asks at once where the last request has failed. */
  catchUp() {
    return this.failure && !this.isSignedOut ? this.refresh() : this.refreshWhenStale();
  }

  refreshWhenStale() {
    return Date.now() - this.shownAt > STALE_AFTER ? this.refresh() : Promise.resolve();
  }

  /** Ask the server. All calls while an answer is on its way share one more request after it. */
  refresh() {
    this.next = this.next || this.refreshNext();
    return this.next;
  }

  async refreshNext() {
    await this.loading;
    this.next = null;
    if (!this.views.size) return;
    this.loading = this.load();
    await this.loading;
  }

  /** Ask for another member or in another language, without waiting for the answer that is on its way. */
  restart() {
    if (this.request) this.request.abort();
    this.request = null;
    return this.refresh();
  }

  async load() {
    this.retries.stop();
    const request = new AbortController();
    const timer = setTimeout(() => request.abort(), TIMEOUT);
    this.request = request;
    this.draw();
    try {
      const answer = await this.ask(() => this.send(request.signal), request.signal);
      if (this.request === request) this.take(answer);
    } catch (error) {
      if (this.request === request) this.fail(error);
    }
    clearTimeout(timer);
    if (this.request !== request) return;
    this.request = null;
    this.draw();
  }

  /** Send a request, once more when the token has expired. */
  async ask(send, signal) {
    try {
      return await send();
    } catch (error) {
      if (error.status !== 401 || this.isGuest || !this.options.refreshAccessToken) throw error;
    }
    await this.renewToken(signal);
    return send();
  }

  async renewToken(signal) {
    const renewal = Promise.resolve().then(() => this.options.refreshAccessToken());
    // Another member may sign in meanwhile: a token that comes late is not theirs.
    const token = await Promise.race([renewal.catch(() => null), whenAborted(signal)]);
    // A member who was signed in is never silently a guest.
    if (!token) throw new Failure("unauthorized", "There is no new access token.", 401);
    const isSame = memberOf(token) !== null && memberOf(token) === memberOf(this.token);
    this.token = token;
    if (isSame) return;
    this.forget();
    this.draw();
  }

  async send(signal) {
    const address = new URL("api/v1.0/end-user-display", this.options.baseUrl);
    address.searchParams.set("languageCode", this.language);
    const { headers } = this;
    if (this.tag) headers["if-none-match"] = this.tag;
    return read(await fetch(address, { ...DISCREETLY, headers, signal }));
  }

  get headers() {
    const headers = { accept: "application/json" };
    if (!this.token) return headers;
    return { ...headers, "x-account-id": this.options.accountId, "x-enduser-access-token": this.token };
  }

  /** Send a decision of the member. A token that is renewed on the way has to be the same member's. */
  async post(path, body) {
    const member = memberOf(this.token);
    const signal = timeLimit(TIMEOUT);
    const send = async () => {
      if (memberOf(this.token) !== member) throw new Failure("unauthorized", "Another member has signed in.", 401);
      const headers = { ...this.headers, "content-type": "application/json" };
      const address = new URL(path, this.options.baseUrl);
      const answer = await fetch(address, { ...DISCREETLY, method: "POST", headers, body: JSON.stringify(body), signal });
      if (!answer.ok) throw failureOf(answer);
    };
    return this.ask(send, signal);
  }

  take({ data, tag, date }) {
    const before = this.data;
    const isFirst = !this.isReady;
    this.clockOffset = date ? date - Date.now() : 0;
    this.shownAt = Date.now();
    this.failure = null;
    this.retries.succeed();
    this.isReady = true;
    if (data) Object.assign(this, { data, tag, widget: data.widget, answeredLanguage: data.languageCode });
    this.due = this.nextChange();
    if (isFirst) this.tell("ready", { languageCode: this.data.languageCode, isGuest: this.isGuest });
    if (data && before) this.compare(before, data);
  }

  fail(error) {
    const isLate = error.name === "AbortError";
    if (error.status === 401) this.forget();
    const code = error.code && typeof error.code === "string" ? error.code : "unreachable";
    this.failure = { code, status: error.status || 0, message: isLate ? "The server did not answer." : error.message };
    this.retries.after({ ...this.failure, retryAfter: error.retryAfter });
    this.tell("error", this.failure);
  }

  /** Return when something will change by the clock alone: a period ends, a run breaks, a reward expires. */
  nextChange() {
    const { streaks, rewards } = this.data;
    const instants = [
      ...streaks.flatMap(({ taskProgress, startsAt, endsAt }) => [taskProgress.periodEndsAt, startsAt, endsAt]),
      ...streaks.map((streak) => streak.streakProgress && streak.streakProgress.streakBreaksAt),
      ...rewards.filter(({ rewardStatus }) => isUsable(rewardStatus)).map((reward) => reward.rewardExpiryAt),
    ];
    const ahead = instants.map((text) => Date.parse(text)).filter((instant) => instant > this.now);
    return Math.min(Infinity, ...ahead);
  }

  tick() {
    for (const view of this.views) view.tick();
    if (this.now <= this.due || document.visibilityState !== "visible") return;
    this.due = Infinity;
    // Spread the requests of many pages over some seconds.
    setTimeout(() => this.views.size && this.refresh(), 1000 + Math.random() * 9000);
  }

  /** Tell what has happened since the last answer. */
  compare(before, after) {
    const earlierRewards = new Set(before.rewards.map((reward) => reward.id));
    const fresh = after.rewards.filter((reward) => !earlierRewards.has(reward.id));
    for (const reward of fresh) {
      const { id, milestoneId, linkedSchemaRecordId: streakId } = reward;
      this.tell("milestone", { streakId, milestoneId, rewardLogId: id });
    }
    this.won = fresh;
    if (fresh.length) this.celebrate();
    const earlier = new Map(before.streaks.map((streak) => [streak.id, streak]));
    const hasMoved = (streak) => earlier.has(streak.id) && currentState(earlier.get(streak.id)) !== currentState(streak);
    const moved = after.streaks.filter(hasMoved);
    for (const streak of moved) this.tellOfEnd(streak, earlier.get(streak.id).streakProgress);
    this.say([...this.victory(fresh), ...moved.flatMap((streak) => newsOf(streak, this.texts))]);
  }

  async celebrate() {
    try {
      this.celebration = await loadPart("celebration", this.options.baseUrl);
    } catch {
      // The milestone is told in words all the same.
      return;
    }
    this.draw();
  }

  tellOfEnd({ id, streakProgress: run }, was) {
    const isNews = run && (!was || was.id !== run.id || was.streakProgressStatus !== run.streakProgressStatus);
    if (!isNews || run.streakProgressStatus === "in_progress") return;
    this.tell(run.streakProgressStatus, { streakId: id, streakProgressId: run.id });
  }

  victory(rewards) {
    if (!rewards.length) return [];
    const titles = rewards.map((reward) => rewardTitle(reward, this.texts));
    return [this.texts.milestoneCelebration, ...titles].map((text) => ({ text }));
  }

  /** Say it to screen readers, in one view only. */
  say(sentences) {
    const views = [...this.views];
    const view = views.find((one) => one.isShown) || views[0];
    if (view && sentences.length) view.say(...sentences);
  }

  tell(name, detail) {
    const [view] = this.views;
    const target = view && view.host.isConnected ? view.host : document;
    target.dispatchEvent(new CustomEvent(`gamopanda:${name}`, { bubbles: true, composed: true, detail }));
  }

  draw() {
    for (const view of this.views) view.draw();
  }

  // The ids of the rewards that this browser has displayed already, in the page's own storage.

  get seenKey() {
    return `gamopanda:seen:${this.options.accountId}`;
  }

  get unseen() {
    const rewards = this.data ? this.data.rewards : [];
    return rewards.filter(({ id, rewardStatus }) => isUsable(rewardStatus) && !this.seen.includes(id));
  }

  noteSeen(where) {
    if (!this.unseen.length) return;
    this.seen = [...new Set([...this.data.rewards.map((reward) => reward.id), ...this.seen])].slice(0, 200);
    store(this.seenKey, this.seen);
    for (const view of this.views) if (view !== where) view.draw();
  }

  destroy() {
    if (this.request) this.request.abort();
    this.request = null;
    this.retries.stop();
    clearInterval(this.ticker);
    document.removeEventListener("visibilitychange", this.onVisible);
    removeEventListener("online", this.onOnline);
    this.colourScheme.stop();
    this.views.clear();
    this.forget();
    this.token = null;
  }
}

const languageOf = (asked) => String(asked || "").trim() || "en";
