/* Ready texts for a purpose: they fill what is empty, or what another purpose has filled. */

export function startReadyTexts(form, { readyTexts }) {
  const place = document.getElementById("ready-texts");
  if (!place) return;
  const all = Object.values(readyTexts);
  const isReady = (name, text) => text.trim() === "" || all.some((texts) => texts[name] === text);

  place.querySelector("button").addEventListener("click", () => {
    const texts = readyTexts[place.querySelector("select").value];
    let filled = 0;
    for (const [name, text] of Object.entries(texts ?? {})) {
      const field = form.elements[name];
      if (!field || !isReady(name, field.value)) continue;
      field.value = text;
      filled += 1;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const said = place.querySelector("[role=status]");
    said.textContent = said.dataset.filled.replace("%s", filled);
  });
}
