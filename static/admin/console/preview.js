/* The preview: what is typed goes to the server, which stores nothing, and its answer to the display in the frame. */
import { afterTyping } from "./waiting.js";

function showProblems(place, problems) {
  place.hidden = problems.length === 0;
  place.querySelector("ul").replaceChildren(
    ...problems.map(({ field_id: id, label, message }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${id}`;
      link.textContent = label;
      item.append(link, `: ${message}`);
      return item;
    }),
  );
}

/** Return what is typed, without files: the icons that were chosen are shown from here. */
function typed(form) {
  const entries = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  return new URLSearchParams(entries);
}

/** Where there is room, let the preview stand beside the texts too. */
function standBeside(panel) {
  const wide = matchMedia("(min-width: 1500px)");
  const place = () => {
    const isChosen = document.getElementById("preview-tab").getAttribute("aria-selected") === "true";
    panel.hidden = !isChosen && !(wide.matches && !document.getElementById("texts").hidden);
  };
  document.addEventListener("console:shown", place);
  wide.addEventListener("change", place);
  place();
}

/** Read the card in the language whose texts are open. */
function followLanguage() {
  const tab = document.querySelector(".console-languages [aria-selected=true]");
  document.getElementById("preview-language").value = tab.id.slice("texts-".length, -"-tab".length);
}

/** Return what tells the icon of a language: chosen, stored and not cleared, else that of the next column. */
function iconOf(form, icons) {
  const chosen = new Map();
  form.addEventListener("change", ({ target }) => {
    if (target.type !== "file") return;
    // What was chosen before stays readable: the display may be drawing it.
    const [file] = target.files;
    chosen.set(target.name, file && URL.createObjectURL(file));
  });
  const isCleared = (name) => form.elements[`${name}-clear`]?.checked;
  const ofColumn = (name) => chosen.get(name) || (!isCleared(name) && icons.stored[name]);
  return (language) => new URL(icons.columns[language].map(ofColumn).find(Boolean) || icons.default, location.href).href;
}

export function startPreview(form, { previewUrl, icons }) {
  const panel = document.getElementById("preview");
  if (!panel) return;
  const frame = document.getElementById("preview-frame");
  const stage = panel.querySelector(".preview-stage");
  const note = document.getElementById("preview-note");
  const icon = iconOf(form, icons);

  async function show(signal) {
    const draw = frame.contentWindow && frame.contentWindow.showProgramme;
    if (!draw) return;
    const answer = await fetch(previewUrl, { method: "POST", body: typed(form), signal });
    if (!answer.ok) return;
    const { programme, note: said, problems } = await answer.json();
    note.textContent = said;
    showProblems(document.getElementById("preview-problems"), problems);
    stage.hidden = !programme;
    if (programme) programme.streaks[0].eudIcon = icon(programme.languageCode);
    if (programme) draw(programme, panel.querySelector("[name=preview_state]:checked").value);
  }

  standBeside(panel);
  followLanguage();
  document.addEventListener("console:shown", ({ target }) => target.id.startsWith("texts-") && followLanguage());
  const isSeen = () => panel.offsetParent !== null;
  const update = afterTyping(show);
  const updateIfSeen = () => isSeen() && update();
  form.addEventListener("input", updateIfSeen);
  form.addEventListener("change", (event) => {
    if (event.target.name === "preview_width") stage.dataset.width = event.target.value;
    updateIfSeen();
  });
  document.addEventListener("console:shown", updateIfSeen);
  frame.addEventListener("load", updateIfSeen);
  // Milestones that are added and removed say so with an event of their own.
  document.addEventListener("formset:added", updateIfSeen);
  document.addEventListener("formset:removed", updateIfSeen);
  updateIfSeen();
}
