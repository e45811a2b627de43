/* How much room is left in a text, and how many texts of a language are written. */

// The limits are those of characters.js.
const TEXTS = "input[data-limit]:not([name=time_zone]), textarea[data-limit]";

function noteOf(field) {
  const id = `${field.id}_left`;
  const known = document.getElementById(id);
  if (known) return known;
  const note = document.createElement("p");
  note.id = id;
  note.className = "console-left";
  field.after(note);
  const described = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", described ? `${described} ${id}` : id);
  return note;
}

function count(field, words) {
  const { limit } = field.dataset;
  const left = limit - [...field.value].length;
  const note = noteOf(field);
  note.textContent = words.left.replace("%s", left);
  note.classList.toggle("is-short", left <= limit / 10);
}

function countWritten(badge, words) {
  const panel = document.getElementById(`texts-${badge.dataset.language}`);
  const fields = [...panel.querySelectorAll(TEXTS)];
  const written = fields.filter((field) => field.value.trim()).length;
  if (fields.length) badge.textContent = words.written.replace("%s", written).replace("%s", fields.length);
}

export function startCounting(form, words) {
  const badges = [...form.querySelectorAll(".console-count")];
  const countAll = () => badges.forEach((badge) => countWritten(badge, words));
  form.addEventListener("input", ({ target }) => {
    if (!target.matches(TEXTS)) return;
    count(target, words);
    countAll();
  });
  form.addEventListener("focusin", ({ target }) => target.matches(TEXTS) && count(target, words));
  for (const field of form.querySelectorAll(TEXTS)) {
    if (!field.id.includes("__prefix__")) count(field, words);
  }
  countAll();
}
