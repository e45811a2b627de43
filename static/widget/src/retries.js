/* Trying again after a failure, each time later. */

const FIRST_AFTER = 2000;
const AT_MOST = 300000;
const PASSING = [0, 408, 429, 500, 502, 503, 504];

export class Retries {
  constructor(retry) {
    Object.assign(this, { retry, failures: 0, timer: null });
  }

  /** Try again later when the failure may pass by itself, and not before the server allows it. */
  after({ status, retryAfter }) {
    if (!PASSING.includes(status)) return;
    const wait = Math.min(AT_MOST, FIRST_AFTER * 2 ** this.failures);
    this.failures += 1;
    // Spread the requests of many pages.
    const delay = Math.max(wait * (0.5 + Math.random() / 2), (retryAfter || 0) * 1000);
    // A hidden page asks when it comes into view again.
    this.timer = setTimeout(() => document.visibilityState === "visible" && this.retry(), delay);
  }

  stop() {
    clearTimeout(this.timer);
  }

  succeed() {
    this.failures = 0;
  }
}
