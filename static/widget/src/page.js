/* The page around the display. */

export function whenThereIsABody(then) {
  if (document.body) then();
  else addEventListener("DOMContentLoaded", then, { once: true });
}
