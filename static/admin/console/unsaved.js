/* Leaving a page with unsaved input asks first. */

export function startWarning(form) {
  const warn = (event) => event.preventDefault();
  form.addEventListener("input", ({ target }) => {
    if (!target.name.startsWith("preview_")) addEventListener("beforeunload", warn);
  });
  form.addEventListener("submit", () => removeEventListener("beforeunload", warn));
}
