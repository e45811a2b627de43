/* What a page may say to `initialize`, and what is wrong with it. */
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
  useCodeUrl: [(value) => isText(value) && value.includes("{code}") && addressOf(value), "an http or https address with {code}"],
  onUseCode: FUNCTION,
  apiUrl: [addressOf, "the http or https address of your installation"],
};

/** Return the options that can be used, and a sentence for each that cannot. What nobody has set is left out. */
export function checkedOptions(given) {
  const options = {};
  const problems = [];
  for (const [name, [isRight, what]] of Object.entries(CHECKS)) {
    const value = given ? given[name] : undefined;
    const isMissing = value === undefined || value === null;
    if (isMissing && name !== "accountId") continue;
    if (!isMissing && isRight(value)) options[name] = value;
    else problems.push(`${name} has to be ${what}.`);
  }
  return { options, problems };
}
