/* Parts of the display that few need: each lies beside the script, and is loaded on use. */

export const script = document.currentScript;

/** Load a part by its name; a part that cannot be loaded now is asked for again the next time. */
export function loadPart(name, baseUrl) {
  const beside = script && script.src ? script.src : new URL("static/widget/", baseUrl);
  return import(new URL(`gamopanda-${name}.js`, beside).href);
}
