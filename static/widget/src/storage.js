/* The page's own storage, where it may be used. */

export function readStored(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

export function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A page may forbid storage: then a badge comes back with the next page.
  }
}
