/* The rules read back in a sentence while they are typed. The server says it: there is one sentence for all. */
import { afterTyping } from "./waiting.js";

export function startReadingBack(form, { rulesUrl, ruleFields }) {
  const sentence = document.getElementById("rules-sentence");
  const fields = ruleFields.map((name) => form.elements[name]).filter(Boolean);
  if (fields.length < ruleFields.length) return;

  const read = afterTyping(async (signal) => {
    const query = new URLSearchParams(fields.map((field) => [field.name, field.value]));
    const answer = await fetch(`${rulesUrl}?${query}`, { signal });
    if (!answer.ok) return;
    const said = await answer.json();
    sentence.textContent = said.sentence;
    sentence.toggleAttribute("data-incomplete", !said.isComplete);
  });
  for (const field of fields) field.addEventListener("input", read);
}
