/* Access tokens, which stay in memory. */

/** Return whom a token is about. What it is worth is for the server to decide. */
export function memberOf(token) {
  try {
    const payload = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)).userData.externalId || null;
  } catch {
    return null;
  }
}
