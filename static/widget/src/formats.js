/* Numbers, dates and durations. */

// Where short units are single letters, or shortened in an unusual way.
const LONG_UNITS = /^(ar|de|hi)\b/;

/** Numbers, dates and durations in one language, in the digits that the server's texts have too. */
export function formatsOf(language, decimalSeparator) {
  let locale = "en";
  try {
    [locale] = Intl.getCanonicalLocales(language);
  } catch {
    // A code that the browser cannot read: the texts may still be right.
  }
  const numberingSystem = "latn";
  // An Arabic date of figures alone reads as another one from right to left.
  const dateStyle = /^ar\b/.test(locale) ? "long" : "medium";
  const date = new Intl.DateTimeFormat(locale, { numberingSystem, dateStyle, timeStyle: "short" });
  const unitDisplay = LONG_UNITS.test(locale) ? "long" : "short";
  const unit = (value, name) =>
    new Intl.NumberFormat(locale, { numberingSystem, style: "unit", unit: name, unitDisplay }).format(value);
  const list = new Intl.ListFormat(locale, { type: "unit", style: unitDisplay === "long" ? "long" : "narrow" });
  const duration = (milliseconds) => {
    const text = list.format(partsOf(milliseconds).map(([value, name]) => unit(value, name)));
    return /^ja\b/.test(locale) ? text.replace(/\s/g, "") : text;
  };
  // Down, where the server's remainders go up: what the two say together is the target (S30).
  const number = (value) => {
    const rounded = Math.max(0, Math.floor(value * 100 + 1e-6) / 100);
    return Number.isInteger(rounded) ? String(rounded) : rounded.toFixed(2).replace(".", decimalSeparator);
  };
  return { number, date: (text) => date.format(new Date(text)), duration };
}

/** Return the two largest units of a duration that are not nothing. */
function partsOf(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 86400), "day"],
    [Math.floor(seconds / 3600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ];
  const largest = parts.findIndex(([value]) => value > 0);
  const first = largest === -1 ? parts.length - 1 : largest;
  return parts.slice(first, first + 2).filter(([value], index) => index === 0 || value > 0);
}
