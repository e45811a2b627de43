/* Lists to search in say to screen readers what is chosen there: they are drawn beside the field that has the label. */
(() => {
  "use strict";

  function name(field) {
    const label = document.querySelector(`label[for="${field.id}"]`)?.textContent.trim().replace(/\*$/, "");
    const chooser = field.nextElementSibling;
    if (!label || !chooser?.matches(".select2")) return;
    for (const part of chooser.querySelectorAll("[role=combobox], [role=textbox]")) part.setAttribute("aria-label", label);
  }

  const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(name);
  // After they are drawn, and drawn anew for a part that is added to the form.
  addEventListener("load", () => setTimeout(nameAll));
  document.addEventListener("formset:added", () => setTimeout(nameAll));
})();
