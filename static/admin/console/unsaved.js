/* Whoever leaves with something typed and not saved is asked first. */

export function startWarning(form) {
  const warn = (event) => event.preventDefault();
  form.addEventListener("input", ({ target }) => {
    if (!target.name.startsWith("preview_")) addEventListener("beforeunload", warn);
  });
  form.addEventListener("submit", () => removeEventListener("beforeunload", warn));
}
