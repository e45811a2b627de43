/* The rules read back in a sentence while they are typed. The server says it: there is one sentence for all. */
import { afterTyping } from "./waiting.js";

export function startReadingBack(form, { rulesUrl, ruleFields }) {
  const sentence = document.getElementById("rules-sentence");
  if (ruleFields.some((name) => !form.elements[name])) return;

  const read = afterTyping(async (signal) => {
    const typed = new FormData(form);
    const query = new URLSearchParams(ruleFields.map((name) => [name, typed.getAll(name).join(",")]));
    const answer = await fetch(`${rulesUrl}?${query}`, { signal });
    if (!answer.ok) return;
    const said = await answer.json();
    sentence.textContent = said.sentence;
    sentence.toggleAttribute("data-incomplete", !said.isComplete);
  });
  form.addEventListener("input", (event) => ruleFields.includes(event.target.name) && read(event));
}
