/* Asking the server while somebody types: after a short rest, and never for what has changed since. */

const REST = 250;

/** Return a function that calls `ask` when it has not been called for a moment; an earlier question is dropped. */
export function afterTyping(ask) {
  let timer = 0;
  let asked = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (asked) asked.abort();
      asked = new AbortController();
      ask(asked.signal).catch((error) => {
        if (error.name !== "AbortError") throw error;
      });
    }, REST);
  };
}
