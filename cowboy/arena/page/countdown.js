// The time left in the current turn. It is told the deadline and looks at the clock; what follows is the server's business.

const TICK_MS = 250;

const URGENT_SECONDS = 10;

export class Countdown {
  #node;
  #deadlineMs = null;

  constructor(node) {
    this.#node = node;
    setInterval(() => this.#show(), TICK_MS);
  }

  /** @param {?number} deadlineMs - by the clock of this machine; null while no turn is running */
  aimAt(deadlineMs) {
    this.#deadlineMs = deadlineMs;
    this.#show();
  }

  #show() {
    const node = this.#node;
    const seconds = this.#deadlineMs === null ? null : Math.max(0, Math.ceil((this.#deadlineMs - Date.now()) / 1000));
    node.textContent = seconds === null ? "" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    node.classList.toggle("urgent", seconds !== null && seconds <= URGENT_SECONDS);
  }
}
