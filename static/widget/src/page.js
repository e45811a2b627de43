/* The page around the display. */

function whenThereIsABody(then) {
  if (document.body) then();
  else addEventListener("DOMContentLoaded", then, { once: true });
}

/** Return an http or https address in full; null for everything else. */
export function addressOf(text) {
  try {
    const address = new URL(text, document.baseURI);
    return /^https?:$/.test(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

/** Call a function of the page. An error in it goes to the console, and the display goes on. */
export async function callPage(callback, ...values) {
  try {
    await callback(...values);
  } catch (error) {
    console.error(error);
  }
}

// A page may remove the display again and again: wait a little each time.
const PATIENCE = 50;

/** Keep an element in the body, also when the page replaces the body or its content; return a function that stops it. */
export function keepInBody(host, whenAttached) {
  let timer = null;
  const observer = new MutationObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(observeAndAttach, PATIENCE);
  });
  function observeAndAttach() {
    observer.disconnect();
    const { documentElement, body } = document;
    if (body && !host.isConnected) attach();
    for (const place of [document, documentElement, body]) if (place) observer.observe(place, { childList: true });
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
