/* The options of `initialize`, and the mistakes in them. */
import { DEFAULT_THEME } from "./colours.js";
import { addressOf } from "./page.js";

const isText = (value) => typeof value === "string";
const isFunction = (value) => typeof value === "function";
const isNumber = (value) => value !== "" && Number.isFinite(Number(value));
const isBoolean = (value) => typeof value === "boolean";
const isOneOf = (...values) => (value) => values.includes(value);
const isTheme = (value) => isOneOf("light", "dark", "auto")(value) || (typeof value === "object" && !Array.isArray(value));

const TEXT = [isText, "a text"];
const NUMBER = [isNumber, "a number of pixels"];
const FUNCTION = [isFunction, "a function"];
const isAddressOfCode = (value) => isText(value) && value.includes("{code}") && addressOf(value);
const ADDRESS = [addressOf, "an http or https address"];

const CHECKS = {
  accountId: [(value) => isText(value) && value.trim(), "a text, as your administrators know it"],
  accessToken: TEXT,
  refreshAccessToken: FUNCTION,
  languageCode: [isText, "a text such as en or pt-BR"],
  theme: [isTheme, "light, dark, auto, or an object"],
  alignment: [isOneOf("bottom_right", "bottom_left"), "bottom_right or bottom_left"],
  alignmentPositionX: NUMBER,
  alignmentPositionY: NUMBER,
  launcherIcon: TEXT,
  launcherTitle: TEXT,
  launcher: [isBoolean, "true or false"],
  signInUrl: ADDRESS,
  onSignIn: FUNCTION,
  useCodeUrl: [isAddressOfCode, "an http or https address with {code}"],
  onUseCode: FUNCTION,
  apiUrl: [addressOf, "the http or https address of your installation"],
};

const COLOUR = [(value) => isText(value) && CSS.supports("color", value), "a colour as in CSS"];
const COLOURS = Object.keys(DEFAULT_THEME).filter((name) => name.endsWith("Color"));
const THEME_CHECKS = {
  colorScheme: [isOneOf("light", "dark", "auto"), "light, dark or auto"],
  ...Object.fromEntries(COLOURS.map((name) => [name, COLOUR])),
  fontFamily: TEXT,
  borderRadius: NUMBER,
};

/** Return the options that can be used, and a sentence for each that cannot. Options that are not set are left out. */
export function checkedOptions(given) {
  const { checked: options, problems } = check({ ...given }, CHECKS, "");
  if (!given || isUnset(given.accountId)) problems.unshift(`accountId has to be ${CHECKS.accountId[1]}.`);
  if (typeof options.theme !== "object") return { options, problems };
  const { checked: theme, problems: more } = check(options.theme, THEME_CHECKS, "theme.");
  return { options: { ...options, theme }, problems: [...problems, ...more] };
}

const isUnset = (value) => value === undefined || value === null;

function check(values, checks, prefix) {
  const set = Object.entries(checks).filter(([name]) => !isUnset(values[name]));
  const isRight = ([name, [accepts]]) => accepts(values[name]);
  return {
    checked: Object.fromEntries(set.filter(isRight).map(([name]) => [name, values[name]])),
    problems: set.filter((one) => !isRight(one)).map(([name, [, what]]) => `${prefix}${name} has to be ${what}.`),
  };
}
