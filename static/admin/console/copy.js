/* Buttons that copy the text of an element: a key, a snippet, a link or a letter. */
(() => {
  "use strict";

  const textOf = (source) => ("value" in source ? source.value : source.innerText.trim());

  /** Copy as browsers do where the page came without TLS. */
  function copySelected(text) {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-copy]");
    if (!button) return;
    const text = textOf(document.getElementById(button.dataset.copy));
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copySelected(text);
    button.querySelector("[aria-live]").textContent = button.dataset.copied;
  });
})();
