/* What a page says after a save is in view, and leads to the fields that are wrong, on whatever tab they are. */
(() => {
  "use strict";

  /** Open the tabs that hide a field. */
  function openTabsOf(field) {
    for (let place = field; place; place = place.parentElement) {
      if (place.matches("details")) place.open = true;
      const label = place.matches("[role=tabpanel]") && place.getAttribute("aria-label");
      if (!label) continue;
      const tabs = [...place.parentElement.querySelectorAll(":scope > [role=tablist] > [role=tab]")];
      tabs.find((tab) => tab.textContent.trim().startsWith(label))?.click();
    }
  }

  function follow(event) {
    const link = event.target.closest("[data-problem]");
    const field = link && document.getElementById(link.dataset.problem);
    if (!field) return;
    openTabsOf(field);
    // Alpine draws the tab first.
    setTimeout(() => field.focus());
  }

  function show() {
    const notice = document.querySelector("[data-notice]");
    if (!notice) return;
    notice.scrollIntoView({ block: "center" });
    if (notice.matches("[tabindex]")) notice.focus({ preventScroll: true });
  }

  document.addEventListener("click", follow);
  // After the browser has gone to the place that the address names.
  addEventListener("load", () => setTimeout(show));
})();
