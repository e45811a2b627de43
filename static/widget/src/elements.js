/* Elements and texts. */
import { picture } from "./pictures.js";

/** Make an element. Strings become text, never markup; functions become listeners, nothing becomes nothing. */
export function make(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Make a button; its key lets the focus find it again when it is drawn anew. */
export const button = (key, properties, ...children) =>
  make("button", { type: "button", "data-key": key, ...properties }, ...children);

export const pictureButton = (name, label, click) =>
  button(name, { class: "square", "aria-label": label, click }, picture(name));

/** Make an element with a text that may have another direction than the words around it. */
export const foreign = (name, text, properties) => make(name, { dir: "auto", ...properties }, String(text));

/** Make a line of a picture and a text. */
export const line = (name, text) => make("p", { class: "left" }, picture(name), foreign("span", text));

/** Cut a text after so many characters, each whole. */
export const cut = (text, length) => text && [...String(text)].slice(0, length).join("");

export const fill = (text, values) =>
  String(text || "").replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name) =>
    Object.hasOwn(values, name) ? values[name] : whole,
  );
