/* Requests, and reading their answers. */

export const DISCREETLY = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };

export class Failure extends Error {
  constructor(code, message, status, retryAfter) {
    super(message);
    Object.assign(this, { code, status, retryAfter });
  }
}

/** Return a signal that aborts after some milliseconds. */
export function timeLimit(milliseconds) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}

export const whenAborted = (signal) =>
  new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });

export async function read(answer) {
  const date = Date.parse(answer.headers.get("date"));
  if (answer.status === 304) return { data: null, date };
  const body = await answer.json().catch(() => null);
  if (answer.ok && body && body.data && body.data.widget) {
    return { data: body.data, tag: answer.headers.get("etag"), date };
  }
  throw failureOf(answer, body);
}

export function failureOf(answer, body) {
  const { code = "server_error", message = "The answer cannot be read." } = (body && body.error) || {};
  return new Failure(code, message, answer.status, Number(answer.headers.get("retry-after")));
}
