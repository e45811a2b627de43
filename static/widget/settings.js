/* The settings of the widget: what is typed shows in the preview at once, and whether it can be read. */
addEventListener("DOMContentLoaded", () => {
  "use strict";

  const beside = document.querySelector(".widget-beside");
  if (!beside) return;
  const { decimalSeparators, textOnGround } = JSON.parse(document.getElementById("widget-preview-data").textContent);
  const frame = document.getElementById("widget-preview");
  const chosen = document.getElementById("widget-preview-language");
  const field = (name) => document.querySelector(`[name="${name}"]`);
  const value = (name) => field(name).value;
  const camelCase = (name) => name.replace(/_(.)/g, (_whole, letter) => letter.toUpperCase());
  const valuesOf = (names) => Object.fromEntries(names.map((name) => [camelCase(name), value(name)]));

  const LAUNCHER = ["alignment", "alignment_position_x", "alignment_position_y"];
  const THEME = ["color_scheme", "font_family", "border_radius", ...Object.entries(textOnGround).flat()];

  /** Return the texts of one language: what is typed, else what is shown in grey. */
  function textsIn(language) {
    const inputs = [...document.querySelectorAll(`[name^="text__"][name$="__${language}"]`)];
    return Object.fromEntries(inputs.map((input) => [camelCase(input.name.split("__")[1]), input.value || input.placeholder]));
  }

  const imageField = field("launcher_image");
  let image = "";

  /** Return what is on the button: a file just chosen, else the stored one unless it is to go, else the named picture. */
  function launcherIcon() {
    const isCleared = field("launcher_image-clear")?.checked;
    return image || (!isCleared && beside.dataset.launcherImage) || value("launcher_icon");
  }

  function readImage() {
    URL.revokeObjectURL(image);
    const [file] = imageField.files;
    image = file ? URL.createObjectURL(file) : "";
    showPreview();
  }

  function showPreview() {
    const show = frame.contentWindow && frame.contentWindow.showPreview;
    if (!show) return;
    const language = chosen.value;
    const decimalSeparator = decimalSeparators[language];
    const launcher = { ...valuesOf(LAUNCHER), launcherIcon: launcherIcon() };
    show({ launcher, theme: valuesOf(THEME), texts: textsIn(language), decimalSeparator }, language);
  }

  function luminance(color) {
    const [red, green, blue] = [1, 3, 5].map((start) => {
      const part = parseInt(color.slice(start, start + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((first, second) => first - second);
    return (light + 0.05) / (dark + 0.05);
  }

  function noteOf(input) {
    const place = input.parentElement;
    let note = place.querySelector(".widget-contrast");
    if (!note) {
      note = document.createElement("p");
      note.setAttribute("role", "status");
      place.append(note);
    }
    return note;
  }

  function showContrasts() {
    for (const [text, ground] of Object.entries(textOnGround)) {
      const ratio = contrast(value(text), value(ground));
      const note = noteOf(field(text));
      note.className = ratio < 4.5 ? "widget-contrast bad" : "widget-contrast";
      const shown = (Math.floor(ratio * 100) / 100).toFixed(2);
      note.textContent = (ratio < 4.5 ? beside.dataset.bad : beside.dataset.good).replace("%s", shown);
    }
  }

  function show() {
    showContrasts();
    showPreview();
  }

  imageField.addEventListener("change", readImage);
  document.addEventListener("input", show);
  document.addEventListener("change", show);
  frame.addEventListener("load", showPreview);
  show();

  const copy = document.getElementById("widget-copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("widget-snippet").textContent);
    copy.textContent = copy.dataset.copied;
  });
});
