/* A place where the programme is shown. */
import { copyText, select } from "./clipboard.js";
import { paletteOf } from "./colours.js";
import { detailsPage } from "./details_page.js";
import { button, foreign, make, pictureButton } from "./elements.js";
import { failureNotice, skeleton } from "./notices.js";
import { loadPart } from "./parts.js";
import { RIGHT_TO_LEFT } from "./offline_texts.js";
import { rewardsPage } from "./rewards_page.js";
import { attachShadow } from "./shadow.js";
import { streaksPage } from "./streaks_page.js";

export class View {
  constructor(host, programme) {
    Object.assign(this, { host, programme, tab: "streaks", streakId: null, copied: null });
    Object.assign(this, { opened: new Set(), countdowns: [], partyOf: null, form: null, breakNews: null });
    this.shadow = host.shadowRoot || attachShadow(host);
    this.root = make("div", { class: "root" });
    this.inside = make("div", { class: "inside" });
    this.said = make("div", { class: "hidden", role: "status" });
    this.shadow.replaceChildren(this.root);
    programme.views.add(this);
  }

  /** Say sentences to screen readers, each in its own language and after a pause. */
  say(...sentences) {
    this.said.replaceChildren();
    const paragraphs = sentences.flatMap(({ text, lang }) => [foreign("p", text, { lang }), "\n"]);
    setTimeout(() => this.said.replaceChildren(...paragraphs), 50);
  }

  go({ tab = this.tab, streakId = null }) {
    const cameFrom = this.streakId;
    Object.assign(this, { tab, streakId });
    this.leavePage();
    this.draw();
    const body = this.shadow.querySelector(".body");
    body.scrollTop = 0;
    const goal = streakId ? "details-title" : tab === "rewards" ? "tab-rewards" : `details-${cameFrom}`;
    this.focusKey(goal);
  }

  /** Forget messages that were about the page before. */
  leavePage() {
    Object.assign(this, { copied: null, form: null, breakNews: null });
    this.programme.won = [];
  }

  /** Show the form of a break. Few members take one, so it is loaded on use. */
  async takeBreak(streak) {
    try {
      const { breakForm } = await loadPart("breaks", this.programme.options.baseUrl);
      this.form = breakForm(streak, this);
    } catch {
      this.endBreak(this.programme.texts.breakFailed);
      return;
    }
    this.draw();
    this.focusKey("break-first-day");
  }

  /** Put the form away, and say what came of it. */
  endBreak(news) {
    Object.assign(this, { form: null, breakNews: news });
    this.draw();
    this.focusKey("break");
    if (news) this.say({ text: news });
  }

  focusKey(key) {
    const found = this.shadow.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (found) found.focus();
    return Boolean(found);
  }

  async copy(reward, element) {
    const isDone = await copyText(reward.couponCode, element);
    const { texts } = this.programme;
    this.say({ text: isDone ? texts.copied : texts.copyFailed });
    this.copied = { id: reward.id, isDone };
    this.draw();
    if (!isDone) select(this.shadow.getElementById(`code-${reward.id}`));
  }

  tick() {
    for (const update of this.countdowns) update();
  }

  get streak() {
    const { data } = this.programme;
    return data && this.streakId ? data.streaks.find(({ id }) => id === this.streakId) : null;
  }

  /** Give the root its language, direction and colours. */
  dress() {
    const { shownLanguage, theme } = this.programme;
    // What was said is in the language from before.
    if (this.root.lang !== shownLanguage) this.said.replaceChildren();
    this.root.lang = shownLanguage;
    this.root.dir = RIGHT_TO_LEFT.test(shownLanguage) ? "rtl" : "ltr";
    for (const [name, value] of Object.entries(paletteOf(theme))) this.root.style.setProperty(name, value);
    this.root.style.setProperty("--radius", `${Number(theme.borderRadius) || 0}px`);
    const isPages = theme.fontFamily === "inherit" && document.body;
    this.root.style.setProperty("--font", isPages ? getComputedStyle(document.body).fontFamily : theme.fontFamily);
  }

  /** Draw everything again; the focus stays where it was. */
  draw() {
    this.dress();
    const active = this.shadow.activeElement;
    const key = active && active.dataset.key;
    this.countdowns = [];
    this.render();
    this.tick();
    if (key && this.shadow.activeElement !== active && !this.focusKey(key)) this.loseFocus();
    if (this.isShown && this.programme.celebration) this.partyOf = this.programme.won;
  }

  loseFocus() {
    const body = this.shadow.querySelector(".body");
    if (body) body.focus();
  }

  pages() {
    const { data, failure, texts, request, celebration } = this.programme;
    const notice = failure && !request ? failureNotice(this) : null;
    if (!data) return notice ? [make("div", { class: "center" }, notice)] : skeleton(texts);
    const { streak } = this;
    const party = celebration && celebration.party(this);
    if (streak) return [notice, party, ...detailsPage(streak, this)];
    return [notice, party, ...(this.tab === "rewards" ? rewardsPage(this) : streaksPage(this))];
  }

  tabs() {
    const { data, texts, unseen } = this.programme;
    if (!data || this.streak) return null;
    const tab = (name, text, count) => {
      const isChosen = this.tab === name;
      const about = {
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": "page",
        "aria-selected": String(isChosen),
        tabindex: isChosen ? 0 : -1,
        click: () => this.switchTo(name),
        keydown: (event) => this.onTabKey(event),
      };
      return button(`tab-${name}`, about, text, count && make("span", { class: "count" }, count));
    };
    const count = unseen.length ? this.programme.formats.number(unseen.length) : null;
    return make(
      "div",
      { class: "tabs", role: "tablist", "aria-label": texts.panelTitle },
      tab("streaks", texts.streaksTab),
      tab("rewards", texts.rewardsTab, count),
    );
  }

  switchTo(tab) {
    this.tab = tab;
    this.leavePage();
    this.draw();
    this.focusKey(`tab-${tab}`);
  }

  onTabKey(event) {
    const other = this.tab === "streaks" ? "rewards" : "streaks";
    const goal = { ArrowLeft: other, ArrowRight: other, Home: "streaks", End: "rewards" }[event.key];
    if (!goal) return;
    event.preventDefault();
    this.switchTo(goal);
  }

  head(closeButton) {
    const { texts } = this.programme;
    const back = this.streak && pictureButton("back", texts.backButton, () => this.go({}));
    return make("div", { class: "head" }, back, make("h2", { id: "title", dir: "auto" }, texts.panelTitle), closeButton);
  }

  /** Draw head, tabs and body; the body stays scrolled as it was. */
  fill(closeButton) {
    if (this.tab === "rewards" && !this.streak && this.isShown) this.programme.noteSeen(this);
    const old = this.inside.querySelector(".body");
    const scrolled = old ? old.scrollTop : 0;
    const hasTabs = this.programme.data && !this.streak;
    const about = {
      class: "body",
      id: "page",
      tabindex: 0,
      "data-key": "page",
      "aria-busy": this.programme.request && !this.programme.data ? "true" : null,
      role: hasTabs ? "tabpanel" : "group",
      "aria-labelledby": hasTabs ? `tab-${this.tab}` : "title",
    };
    const body = make("div", about, this.pages());
    this.inside.replaceChildren(...[this.head(closeButton), this.tabs(), body].filter(Boolean));
    body.scrollTop = scrolled;
  }
}
