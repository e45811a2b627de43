/* The shadow root, so that neither page nor display changes the looks of the other. */
import STYLES from "./styles.css";

let sheet = null;

export function attachShadow(host) {
  const shadow = host.attachShadow({ mode: "open" });
  if (!sheet) {
    // Not a style element: a strict content security policy has nothing against it.
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
  }
  shadow.adoptedStyleSheets = [sheet];
  return shadow;
}
