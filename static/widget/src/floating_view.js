/* The launcher in a corner of the page, and the panel that it opens. */
import { button, fill, foreign, make, pictureButton } from "./elements.js";
import { picture } from "./pictures.js";
import { icon } from "./streak_pieces.js";
import { View } from "./view.js";

export class FloatingView extends View {
  constructor(host, programme) {
    super(host, programme);
    this.isOpen = false;
    this.launcher = button(null, { class: "launcher", "aria-haspopup": "dialog", click: () => this.toggle() });
    const about = { class: "panel", "aria-labelledby": "title", keydown: (event) => this.onKey(event) };
    this.panel = make("dialog", about, this.inside);
    this.panel.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    this.launcher.hidden = true;
    this.toaster = make("div", { class: "toaster" });
    this.root.append(this.launcher, this.toaster, this.panel, this.said);
    this.onPageKey = (event) => this.isOpen && !isInDialog(event) && this.onKey(event);
    this.narrow = matchMedia("(max-width: 479px), (max-height: 479px)");
    this.onWidth = () => this.isOpen && this.show(this.shadow.activeElement);
    this.narrow.addEventListener("change", this.onWidth);
  }

  get isShown() {
    return this.isOpen;
  }

  onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    if (this.isOpen) return;
    this.isOpen = true;
    this.cameFrom = document.activeElement;
    document.addEventListener("keydown", this.onPageKey);
    this.draw();
    this.show();
    this.programme.tell("open", {});
    if (!this.programme.request && !this.programme.isSignedOut) this.programme.refreshWhenStale();
  }

  /** Show the panel beside the page, or covering it where there is no room. */
  show(focused) {
    if (this.panel.open) this.panel.close();
    this.panel.setAttribute("aria-modal", String(this.narrow.matches));
    if (this.narrow.matches) this.panel.showModal();
    else this.panel.show();
    // Screen readers announce nothing outside of a panel that covers the page.
    this.panel.append(this.said);
    if (focused && focused !== this.launcher) focused.focus();
    else this.focusKey("close");
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.shadow.activeElement || document.activeElement === document.body;
    this.isOpen = false;
    document.removeEventListener("keydown", this.onPageKey);
    this.panel.close();
    this.root.append(this.said);
    this.streakId = null;
    this.leavePage();
    this.draw();
    if (hadFocus) this.returnFocus();
    this.programme.tell("close", {});
  }

  returnFocus() {
    if (this.launcher.hidden && this.cameFrom) this.cameFrom.focus();
    else this.launcher.focus();
  }

  /** Come to lie above everything on the page, whatever its z-index: in the top layer, where the browser has one. */
  raise() {
    if (this.host.showPopover) {
      this.host.setAttribute("popover", "manual");
      this.host.showPopover();
    }
    if (this.isOpen) this.show(null);
  }

  render() {
    this.place();
    if (this.isOpen) this.fill(pictureButton("close", this.programme.texts.closeButton, () => this.close()));
    else this.inside.replaceChildren();
    this.renderLauncher();
    const { celebration, won, views } = this.programme;
    const isSeen = [...views].some((view) => view.isShown);
    this.toaster.replaceChildren(...(celebration && won.length && !isSeen ? [celebration.toast(this)] : []));
  }

  place() {
    const { alignment, alignmentPositionX, alignmentPositionY } = this.programme.launcher;
    const side = alignment === "bottom_left" ? "left" : "right";
    const [x, y] = [Number(alignmentPositionX) || 0, Number(alignmentPositionY) || 0];
    this.root.style.setProperty("--left", side === "left" ? `${x}px` : "auto");
    this.root.style.setProperty("--right", side === "right" ? `${x}px` : "auto");
    this.root.style.setProperty("--bottom", `${y}px`);
  }

  renderLauncher() {
    const { programme } = this;
    const { launcherTitle, launcherIcon } = programme.launcher;
    const isWanted = programme.options.launcher !== false && (programme.isReady || programme.failure || this.isOpen);
    const count = programme.unseen.length;
    const badge = count ? programme.formats.number(count) : "";
    // What can be read on the button comes first: so it is called by those who speak to their browser.
    const name = badge ? `${launcherTitle} ${badge}, ${fill(programme.texts.newRewards, { count: badge })}` : launcherTitle;
    this.launcher.hidden = !isWanted;
    this.launcher.setAttribute("aria-label", name);
    this.launcher.setAttribute("aria-expanded", String(this.isOpen));
    this.launcher.replaceChildren(
      this.launcherPicture(launcherIcon),
      foreign("span", launcherTitle, { class: "title" }),
      ...(badge ? [" ", make("span", { class: "badge" }, badge)] : []),
    );
  }

  launcherPicture(name) {
    const image = icon(name, 28);
    if (!image) return picture(name);
    image.addEventListener("error", () => image.replaceWith(picture("flame")));
    return image;
  }

  remove() {
    this.narrow.removeEventListener("change", this.onWidth);
    document.removeEventListener("keydown", this.onPageKey);
    this.host.remove();
  }
}

const DIALOGS_OF_THE_PAGE = "dialog, [role=dialog], [popover]:not(gamopanda-display)";

/** Say whether a key was pressed in a dialog of the page: Escape closes that one. */
const isInDialog = ({ target }) => Boolean(target.closest && target.closest(DIALOGS_OF_THE_PAGE));
