/* The page around the display. */

export function whenThereIsABody(then) {
  if (document.body) then();
  else addEventListener("DOMContentLoaded", then, { once: true });
}

/** Return an address in full; null for what is none, and for one that runs. */
export function addressOf(text) {
  try {
    const address = new URL(text, document.baseURI);
    return /^https?:$/.test(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

/** Call a function of the page. What it throws is told in the console, and ends nothing of ours. */
export async function callPage(callback, ...values) {
  try {
    await callback(...values);
  } catch (error) {
    console.error(error);
  }
}

// A page that keeps throwing the display out is not fought in every moment.
const PATIENCE = 50;

/** Keep an element in the body, also when the page replaces its body or what is in it; return how to stop. */
export function keepInBody(host, whenAttached) {
  let timer = null;
  const observer = new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(observeAndAttach, PATIENCE);
  });
  function observeAndAttach() {
    observer.disconnect();
    if (!host.isConnected) attach();
    for (const element of [document.documentElement, document.body]) observer.observe(element, { childList: true });
  }
  function attach() {
    // Pages that keep copies of themselves have copied the element too, without its shadow.
    for (const copy of document.querySelectorAll(host.localName)) copy.remove();
    document.body.append(host);
    whenAttached();
  }
  let isWanted = true;
  whenThereIsABody(() => isWanted && observeAndAttach());
  return () => {
    isWanted = false;
    clearTimeout(timer);
    observer.disconnect();
  };
}
