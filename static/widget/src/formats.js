/* Numbers, dates and durations. */

/** Numbers, dates and durations in one language, in the digits that the server's texts have too. */
export function formatsOf(language, decimalSeparator) {
  let locale = "en";
  try {
    [locale] = Intl.getCanonicalLocales(language);
  } catch {
    // A code that the browser cannot read: the texts may still be right.
  }
  const numberingSystem = "latn";
  const date = new Intl.DateTimeFormat(locale, { numberingSystem, dateStyle: "medium", timeStyle: "short" });
  const unit = (value, name) =>
    new Intl.NumberFormat(locale, { numberingSystem, style: "unit", unit: name, unitDisplay: "short" }).format(value);
  // Down, where the server's remainders go up: what the two say together is the target (S30).
  const number = (value) => {
    const rounded = Math.max(0, Math.floor(value * 100 + 1e-6) / 100);
    return Number.isInteger(rounded) ? String(rounded) : rounded.toFixed(2).replace(".", decimalSeparator);
  };
  return { number, date: (text) => date.format(new Date(text)), duration: (ms) => durationText(ms, unit) };
}

function durationText(milliseconds, unit) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 86400), "day"],
    [Math.floor(seconds / 3600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ];
  const largest = parts.findIndex(([value]) => value > 0);
  const first = largest === -1 ? parts.length - 1 : largest;
  return parts
    .slice(first, first + 2)
    .filter(([value], index) => index === 0 || value > 0)
    .map(([value, name]) => unit(value, name))
    .join(" ");
}
