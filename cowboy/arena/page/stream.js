// One WebSocket that comes back when it is lost. It parses and delivers; what a message means is not its business.

const RECONNECT_MS = 1_200;

export class Stream {
  #url;
  #silenceMs;
  #onMessage;
  #onState;
  #socket = null;
  #timer = null;
  #settle;

  /** Settles once the first attempt has succeeded or failed. */
  ready = new Promise((resolve) => { this.#settle = resolve; });

  /**
   * @param {string} url
   * @param {number} silenceMs - a connection quiet for this long is taken for dead
   * @param {(message: object) => void} onMessage
   * @param {(state: "connecting"|"live"|"reconnecting"|"closed") => void} onState
   */
  constructor(url, silenceMs, onMessage, onState) {
    this.#url = url;
    this.#silenceMs = silenceMs;
    this.#onMessage = onMessage;
    this.#onState = onState;
    onState("connecting");
    this.#connect();
  }

  close() {
    this.#drop();
    this.#onState("closed");
  }

  #connect() {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#onState("live");
      this.#settle();
    };
    socket.onmessage = (frame) => {
      this.#watchSilence();
      this.#onMessage(JSON.parse(frame.data));
    };
    socket.onclose = () => this.#reconnect();
    this.#watchSilence();
  }

  #watchSilence() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reconnect(), this.#silenceMs);
  }

  #reconnect() {
    this.#drop();
    this.#settle();
    this.#onState("reconnecting");
    this.#timer = setTimeout(() => this.#connect(), RECONNECT_MS);
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }
}
