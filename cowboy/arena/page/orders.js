// The command of this page that is on its way. It ends with the turn, with a refusal, or when nothing is heard of it.

import { ApiError } from "./api.js";

// After this long another attempt is harmless: only one command of a turn can be applied.
const ANSWER_MS = 5_000;

const MISSED = {
  IGNORED_TIMEOUT: "Too late: that turn was over.",
  INVALID_TURN: "The server says it was not your turn.",
  INVALID_COMMAND: "The server does not know that command.",
  DUPLICATE_COMMAND: "The server had that command already.",
};

export class Orders {
  #post;
  #onEnd;
  #command = null;
  #timer = null;

  /**
   * @param {(command: object) => Promise<object>} post - hands a command to the server
   * @param {(news: string) => void} onEnd - the command came to nothing, and why
   */
  constructor(post, onEnd) {
    this.#post = post;
    this.#onEnd = onEnd;
  }

  get underWay() {
    return this.#command !== null;
  }

  /** @param {{command_type: string, player_id: string, turn_no: number}} wish - and a direction or speech */
  async give(wish) {
    const command = {
      direction: null, speak_text: null, ...wish,
      command_id: uuid4(), client_sent_at: new Date().toISOString(),
    };
    this.#command = command;
    this.#timer = setTimeout(() => this.#end("No answer yet; you may try again."), ANSWER_MS);
    try {
      await this.#post(command);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#command === command) this.#end(error.message);
    }
  }

  /** Hears a message of the stream: it may say that our command changed nothing. */
  hear(message) {
    const news = MISSED[message.result_status];
    if (news && message.command_id === this.#command?.command_id) this.#end(news);
  }

  /** Forgets a command whose turn is over. */
  turnIs(turnNo) {
    if (this.underWay && turnNo > this.#command.turn_no) this.forget();
  }

  forget() {
    clearTimeout(this.#timer);
    this.#command = null;
  }

  #end(news) {
    this.forget();
    this.#onEnd(news);
  }
}

/** A random UUID; crypto.randomUUID exists only on secure origins, and a table on the local network is none. */
function uuid4() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
