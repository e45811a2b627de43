/* Pictures, on a grid of 24. */

const FILLED = {
  flame: "M12.6 1.5c.9 3.4-.9 5.4-2.8 7.4C8 10.9 6.5 12.3 6.3 14.3 5.3 13.5 5 12.3 5 11c-1.3 1.4-2 3.1-2 5 0 4.2 4 7 9 7s9-2.8 9-7.3c0-3.3-1.7-5.3-3.4-7.2-.3 1.5-.8 2.5-1.9 3.2.5-4-.7-7.6-3.1-10.2z",
  gift: "M3 7h8v4H3zm10 0h8v4h-8zM4 13h7v8H4zm9 0h7v8h-7zM12 6C9 6 5.5 6 6 3.5S11 1.5 12 6c1-4.5 5.5-5 6-2.5S15 6 12 6z",
  star: "M12 2l3.1 6.3 6.9 1-5 4.9 1.2 6.9L12 17.8l-6.2 3.3L7 14.2 2 9.3l6.9-1z",
  trophy: "M7 2h10v2h4v3a5 5 0 0 1-4 5 5 5 0 0 1-4 3v3h4v4H7v-4h4v-3a5 5 0 0 1-4-3 5 5 0 0 1-4-5V4h4zM5 6v1a3 3 0 0 0 2 3V6zm14 0h-2v4a3 3 0 0 0 2-3z",
  heart: "M12 21.3l-1.6-1.4C4.7 14.7 2 12.2 2 8.5A5.3 5.3 0 0 1 7.4 3c1.8 0 3.5.9 4.6 2.2A6.1 6.1 0 0 1 16.6 3 5.3 5.3 0 0 1 22 8.5c0 3.7-2.7 6.2-8.4 11.4z",
  bolt: "M13.5 1.5L4 14h6.5L9 22.5 20 9.5h-7z",
};
const DRAWN = {
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M7 7l10 10M17 7L7 17",
  clock: "M12 7v5l3.5 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  snow: "M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9M9.5 4.5L12 7l2.5-2.5M9.5 19.5L12 17l2.5 2.5",
  pause: "M9 6v12M15 6v12",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
  shield: "M12 3l7.5 3v5.5c0 4.5-3 7.5-7.5 9.5-4.5-2-7.5-5-7.5-9.5V6zM8.5 12l2.5 2.5 4.5-5",
  ring: "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
};

export function picture(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", name in DRAWN ? `drawn ${name}` : "filled");
  path.setAttribute("d", DRAWN[name] || FILLED[name] || FILLED.flame);
  svg.append(path);
  return svg;
}
