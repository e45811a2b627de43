/* Colours that can be read, whatever the theme says. */

const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];
const DARK_SURFACE = [22, 24, 29];
const DARK_TEXT = [243, 244, 246];
export const DEFAULT_THEME = {
  colorScheme: "auto",
  primaryColor: "#7c3aed",
  primaryTextColor: "#ffffff",
  secondaryColor: "#1a1c1e",
  secondaryTextColor: "#ffffff",
  backgroundColor: "#ffffff",
  bodyTextColor: "#1a1c1e",
  fontFamily: "system-ui, sans-serif",
  borderRadius: 16,
};

/** Return the three channels of a colour; `otherwise` when it is none. */
function channels(color, otherwise) {
  if (!CSS.supports("color", color)) return otherwise;
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = color;
  const hex = canvas.fillStyle.match(/^#(..)(..)(..)$/);
  const parts = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : canvas.fillStyle.match(/[\d.]+/g) || [];
  return hex || canvas.fillStyle.startsWith("rgb") ? parts.slice(0, 3).map(Number) : otherwise;
}

function luminance(color) {
  const [red, green, blue] = color.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((first, second) => first - second);
  return (light + 0.05) / (dark + 0.05);
}

const mix = (one, other, share) => one.map((channel, index) => channel * (1 - share) + other[index] * share);

/** Move a colour toward the better of black and white until it can be read on a ground. */
function readable(color, ground, needed) {
  const goal = contrast(WHITE, ground) > contrast(BLACK, ground) ? WHITE : BLACK;
  let found = color;
  for (let share = 0.05; contrast(found, ground) < needed && share <= 1; share += 0.05) {
    found = mix(color, goal, share);
  }
  return found;
}

/** Say whether the page is dark: as it declares itself, else as its background looks. */
export function isDarkPage() {
  const declared = getComputedStyle(document.documentElement).colorScheme || "normal";
  const [dark, light] = [/\bdark\b/.test(declared), /\blight\b/.test(declared)];
  if (dark && light) return matchMedia("(prefers-color-scheme: dark)").matches;
  if (dark || light) return dark;
  for (const element of [document.body, document.documentElement]) {
    const parts = element && getComputedStyle(element).backgroundColor.match(/[\d.]+/g);
    if (parts && Number(parts[3] === undefined ? 1 : parts[3]) > 0.5) {
      return luminance(parts.slice(0, 3).map(Number)) < 0.2;
    }
  }
  return false;
}

/** Turn a theme into the properties of the styles; every text can be read, whatever the theme says. */
export function paletteOf(theme) {
  const isDark = theme.colorScheme === "dark" || (theme.colorScheme === "auto" && isDarkPage());
  const surface = isDark ? DARK_SURFACE : channels(theme.backgroundColor, WHITE);
  const text = readable(isDark ? DARK_TEXT : channels(theme.bodyTextColor, BLACK), surface, 7);
  const primary = channels(theme.primaryColor, channels(DEFAULT_THEME.primaryColor));
  const secondary = channels(theme.secondaryColor, BLACK);
  const soft = mix(surface, primary, isDark ? 0.22 : 0.08);
  const colors = {
    surface,
    text,
    primary,
    "on-primary": readable(channels(theme.primaryTextColor, WHITE), primary, 4.5),
    secondary: isDark ? DARK_TEXT : secondary,
    "on-secondary": isDark ? DARK_SURFACE : readable(channels(theme.secondaryTextColor, WHITE), secondary, 4.5),
    soft,
    accent: readable(primary, soft, 4.5),
    muted: readable(mix(text, surface, 0.35), soft, 4.5),
    edge: readable(mix(text, surface, 0.55), surface, 3),
    line: mix(text, surface, 0.86),
  };
  const properties = Object.entries(colors).map(([name, color]) => [`--${name}`, `rgb(${color.map(Math.round).join(" ")})`]);
  return { ...Object.fromEntries(properties), "color-scheme": isDark ? "dark" : "light" };
}
