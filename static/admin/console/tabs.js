/* Tabs that the keyboard reaches: arrows move between them, and the address remembers which is open. */

const tabsOf = (list) => [...list.querySelectorAll("[role=tab]")];
const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

function select(tab) {
  for (const other of tabsOf(tab.closest("[role=tablist]"))) {
    const isSelected = other === tab;
    other.setAttribute("aria-selected", String(isSelected));
    other.tabIndex = isSelected ? 0 : -1;
    panelOf(other).hidden = !isSelected;
  }
  panelOf(tab).dispatchEvent(new CustomEvent("console:shown", { bubbles: true }));
}

/** Return the place that a key leads to from the tab at `at`, or null. */
function placeAfter(key, at, number, isRightToLeft) {
  const [next, previous] = isRightToLeft ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
  if (key === next) return (at + 1) % number;
  if (key === previous) return (at + number - 1) % number;
  return { Home: 0, End: number - 1 }[key] ?? null;
}

function move(event) {
  const tabs = tabsOf(event.currentTarget);
  const isRightToLeft = getComputedStyle(event.currentTarget).direction === "rtl";
  const place = placeAfter(event.key, tabs.indexOf(document.activeElement), tabs.length, isRightToLeft);
  if (place === null) return;
  event.preventDefault();
  tabs[place].focus();
  tabs[place].click();
}

/** Open every tab and fold that hides an element, and return whether there is such an element. */
function reveal(id) {
  const element = id && document.getElementById(id);
  if (!element) return false;
  for (let place = element; place; place = place.parentElement) {
    if (place.matches("[role=tabpanel]")) select(document.getElementById(place.getAttribute("aria-labelledby")));
    if (place.matches("details")) place.open = true;
  }
  if (element.matches("input, select, textarea")) {
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "center" });
  }
  return true;
}

/** Keep the open tab in the address, also over a save that leads back to the page. */
function remember(id, form) {
  history.replaceState(history.state, "", `#${id}`);
  if (form) form.action = `${location.pathname}${location.search}#${id}`;
}

const hasErrors = (tab) => tab.querySelector(".console-errors");

export function startTabs(root, form) {
  for (const list of root.querySelectorAll("[role=tablist]")) {
    select(tabsOf(list).find(hasErrors) || tabsOf(list)[0]);
    list.addEventListener("keydown", move);
    list.addEventListener("click", (event) => {
      const tab = event.target.closest("[role=tab]");
      if (!tab) return;
      select(tab);
      remember(tab.getAttribute("aria-controls"), form);
    });
  }
  // After a refused save the fields that are wrong come first, whichever tab the address remembers.
  const wanted = root.querySelector(".console-errors") ? "" : location.hash.slice(1);
  if (reveal(wanted) && form) form.action = `${location.pathname}${location.search}#${wanted}`;
  addEventListener("hashchange", () => reveal(location.hash.slice(1)));
}
