/* Parts that are seldom needed: each is a file beside the script, loaded on use. */

export const script = document.currentScript;

/** Load a part by its name. The caller says what happens when it cannot be loaded. */
export function loadPart(name, baseUrl) {
  const beside = script && script.src ? script.src : new URL("static/widget/", baseUrl);
  return import(new URL(`gamopanda-${name}.js`, beside).href);
}
