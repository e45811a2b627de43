/* The same inside of a page: nothing opens. */
import { make } from "./elements.js";
import { View } from "./view.js";

export class InlineView extends View {
  constructor(host, programme) {
    super(host, programme);
    this.root.append(make("section", { class: "inline", "aria-labelledby": "title" }, this.inside), this.said);
    this.root.classList.add("within");
  }

  get isShown() {
    return true;
  }

  render() {
    this.fill(null);
  }

  /** Show again what the page itself has put into the element. */
  remove() {
    this.shadow.replaceChildren(make("slot"));
  }
}
