/* Limits of texts in characters, as the server counts them: the browser's own take an emoji for two or more. */
(() => {
  "use strict";

  const lengths = new WeakMap();
  const lengthOf = (field) => [...field.value].length;

  /** Take over the limit of a field, which scripts find in `data-limit`. */
  function adopt(field) {
    if (field.hasAttribute("maxlength")) {
      field.dataset.limit = field.getAttribute("maxlength");
      field.removeAttribute("maxlength");
    }
    if ("limit" in field.dataset) lengths.set(field, lengthOf(field));
  }

  /** Take away from before the cursor what has just been put in and is too much. */
  function cut(field) {
    const surplus = Math.min(lengthOf(field) - field.dataset.limit, lengthOf(field) - (lengths.get(field) ?? 0));
    if (surplus > 0) {
      const end = field.selectionEnd;
      const kept = [...field.value.slice(0, end)].slice(0, -surplus).join("");
      field.setRangeText("", kept.length, end, "end");
    }
    lengths.set(field, lengthOf(field));
  }

  function limit({ target, isComposing }) {
    // What an input method has not finished is only cut when it has.
    if (!isComposing && target.dataset && "limit" in target.dataset) cut(target);
  }

  const adoptAll = () => document.querySelectorAll("[maxlength]").forEach(adopt);
  // Scripts of pages run between this and DOMContentLoaded.
  document.addEventListener("readystatechange", adoptAll);
  document.addEventListener("formset:added", adoptAll);
  document.addEventListener("focusin", ({ target }) => adopt(target));
  // Before any other script counts or sends what was typed.
  document.addEventListener("input", limit, true);
  document.addEventListener("compositionend", limit, true);
})();
