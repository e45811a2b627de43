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

/** Return what is typed, without files: the server knows the icon that is stored, and another one is shown from here. */
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

/** Return what tells the icon to show: one just chosen, the default one where the stored one is to go, else nothing. */
function iconOf(form, defaultIcon) {
  const field = form.querySelector("input[type=file][name=eud_icon]");
  let chosen = "";
  field?.addEventListener("change", () => {
    // What was chosen before stays readable: the display may be drawing it.
    const [file] = field.files;
    chosen = file ? URL.createObjectURL(file) : "";
  });
  const isCleared = () => form.querySelector("[name=eud_icon-clear]")?.checked;
  return () => chosen || (isCleared() ? new URL(defaultIcon, location.href).href : "");
}

export function startPreview(form, { previewUrl, defaultIcon }) {
  const panel = document.getElementById("preview");
  if (!panel) return;
  const frame = document.getElementById("preview-frame");
  const stage = panel.querySelector(".preview-stage");
  const note = document.getElementById("preview-note");
  const icon = iconOf(form, defaultIcon);

  async function show(signal) {
    const draw = frame.contentWindow && frame.contentWindow.showProgramme;
    if (!draw) return;
    const answer = await fetch(previewUrl, { method: "POST", body: typed(form), signal });
    if (!answer.ok) return;
    const { programme, note: said, problems } = await answer.json();
    note.textContent = said;
    showProblems(document.getElementById("preview-problems"), problems);
    stage.hidden = !programme;
    if (programme && icon()) programme.streaks[0].eudIcon = icon();
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
