// The V2 wire over HTTP, and the address of its stream. Knows the routes; knows nothing of the page.

// Creating a game waits for its bots to be assigned; nothing else takes more than a moment.
const PATIENCE_MS = 30_000;

/** The server refused, failed, or cannot be reached; the message can be shown to the person. */
export class ApiError extends Error {}

export class Api {
  #base;

  /**
   * @param {string} base - the server's base URL; "" means where this page came from: the folder of its files, which a
   *   reverse proxy may have put under a path
   */
  constructor(base) {
    this.#base = (base ? new URL(base, location.href) : new URL(".", import.meta.url)).href.replace(/\/$/, "");
  }

  /** A fresh backend that is asked for its map keeps it for later games instead of generating one. */
  defaultMap() {
    return this.#ask("GET", "/v2/maps/default");
  }

  createGame(request) {
    return this.#ask("POST", "/v2/games", request);
  }

  startGame(gameId) {
    return this.#ask("POST", `${path(gameId)}/start`);
  }

  game(gameId) {
    return this.#ask("GET", path(gameId));
  }

  snapshot(gameId) {
    return this.#ask("GET", `${path(gameId)}/snapshot`);
  }

  /** Seat → name and horse of the bots that are somebody; another backend does not know the route. */
  riders(gameId) {
    return this.#ask("GET", `${path(gameId)}/riders`);
  }

  /** A 200 only means "queued": the outcome comes over the stream. */
  sendCommand(gameId, command) {
    return this.#ask("POST", `${path(gameId)}/commands`, command);
  }

  say(gameId, remark) {
    return this.#ask("POST", `${path(gameId)}/talk`, remark);
  }

  streamUrl(gameId) {
    return `${this.#base.replace(/^http/, "ws")}${path(gameId)}/stream`;
  }

  async #ask(method, route, body) {
    const response = await this.#fetch(method, route, body);
    const answer = parsed(await response.text());
    if (!response.ok || answer === null) {
      throw new ApiError(answer?.error ?? `The server answered ${response.status} ${response.statusText}`.trim());
    }
    return answer;
  }

  async #fetch(method, route, body) {
    const options = { method, signal: AbortSignal.timeout(PATIENCE_MS) };
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers = { "Content-Type": "application/json" };
    }
    try {
      return await fetch(this.#base + route, options);
    } catch (cause) {
      throw new ApiError(`The server ${this.#base} does not answer. Is it running?`, { cause });
    }
  }
}

function path(gameId) {
  return `/v2/games/${encodeURIComponent(gameId)}`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // early framework errors are plain text
  }
}
