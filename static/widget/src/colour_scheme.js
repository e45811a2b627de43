/* Whether the page is dark or light, and when that changes. */
import { isDarkPage } from "./colours.js";

export class ColourScheme {
  constructor(whenChanged) {
    this.isDark = isDarkPage();
    this.look = () => {
      if (isDarkPage() === this.isDark) return;
      this.isDark = !this.isDark;
      whenChanged();
    };
    this.preference = matchMedia("(prefers-color-scheme: dark)");
    this.preference.addEventListener("change", this.look);
    // Most pages become dark by an attribute.
    this.observer = new MutationObserver(this.look);
  }

  /** Watch the page's present elements; to be called again when the page has replaced them. */
  observe() {
    this.observer.disconnect();
    for (const element of [document.documentElement, document.body]) this.observer.observe(element, { attributes: true });
    this.look();
  }

  stop() {
    this.preference.removeEventListener("change", this.look);
    this.observer.disconnect();
  }
}
