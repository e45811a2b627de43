/* Below every message: a list of the values that it can say, to be inserted where the cursor stands. */

function insert(field, text) {
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function entry(field, details, { name, meaning }) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", () => {
    details.open = false;
    insert(field, name);
  });
  item.append(button, ` ${meaning}`);
  return item;
}

function listFor(field, data) {
  const details = document.createElement("details");
  details.className = "console-variables";
  const summary = document.createElement("summary");
  summary.textContent = data.words.insert;
  const list = document.createElement("ul");
  list.append(...data.variables.map((variable) => entry(field, details, variable)));
  details.append(summary, list);
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
