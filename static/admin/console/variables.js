/* Below every message: a list of the values that it can say, to be inserted where the cursor stands. */

/** Insert a text, and select the part of it that is to be written anew. */
function insert(field, text, part) {
  field.focus();
  const start = field.selectionStart;
  field.setRangeText(text, start, field.selectionEnd, "end");
  if (part) field.setSelectionRange(start + text.indexOf(part), start + text.indexOf(part) + part.length);
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function inserting(field, details, text, part) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", () => {
    details.open = false;
    insert(field, text, part);
  });
  return button;
}

/** Return words in the language of a field. */
function inLanguageOf(field, words) {
  const element = document.createElement("span");
  element.className = "console-examples";
  element.lang = field.lang;
  element.dir = field.dir;
  element.textContent = words;
  return element;
}

/** Return what a variable with a form for each number looks like, and which numbers take which form. */
function pluralEntry(field, details, name, { pluralForms, words }) {
  const forms = Object.entries(pluralForms[field.lang]);
  const template = `{{${name}|${forms.map(([form]) => `${form}: #`).join("|")}}}`;
  const taken = forms.filter(([, counts]) => counts.length).map(([form, counts]) => `${form}: ${counts.join(", ")}`);
  const line = document.createElement("div");
  line.append(`${words.plural} `, inserting(field, details, template), ` (${taken.join("; ")})`);
  return line;
}

/** Return a variable that is inserted with a word of the marketer's own. */
function templateEntry(field, details, { meaning, template }, { words }) {
  const word = field.lang.startsWith("en") ? words.fallback : "…";
  const item = document.createElement("li");
  item.append(inserting(field, details, template.replace("%s", word), word), ` ${meaning}`);
  return item;
}

function entry(field, details, variable, data) {
  const { name, meaning, isWhole } = variable;
  if (variable.template) return templateEntry(field, details, variable, data);
  const period = field.form.elements.aggregation_period?.value || data.period;
  const examples = data.examples[field.lang][period][name];
  if (!examples) return null;
  const item = document.createElement("li");
  item.append(inserting(field, details, `{{${name}}}`), ` ${meaning}`);
  item.append(isWhole ? pluralEntry(field, details, name, data) : inLanguageOf(field, examples.join(" · ")));
  return item;
}

function listFor(field, data) {
  const details = document.createElement("details");
  details.className = "console-variables";
  const summary = document.createElement("summary");
  summary.textContent = data.words.insert;
  const list = document.createElement("ul");
  details.append(summary, list);
  const draw = () => {
    const entries = data.variables.map((variable) => entry(field, details, variable, data));
    list.replaceChildren(...entries.filter(Boolean));
  };
  draw();
  field.form.addEventListener("change", ({ target }) => target.name === "aggregation_period" && draw());
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    details.open = false;
    summary.focus();
  });
  return details;
}

export function startInserting(form, data) {
  const isMessage = (field) => data.messages.some((name) => field.name.startsWith(`${name}_`));
  for (const field of form.querySelectorAll("#texts textarea")) {
    if (isMessage(field)) field.parentElement.append(listFor(field, data));
  }
}
