// Talk beside the game: who has the word, who passed, and a line for the person. A remark is told to the log.

import { tellRemark } from "./words.js";

export class Talk {
  #nodes;
  #seen = new Set();
  #word = null; // the last message that says who has the word
  #endsMs = 0; // when that is over, by the clock of this machine
  #underWay = false; // a remark of the person
  #players = [];
  #tell;

  /**
   * @param {{panel: HTMLElement, word: HTMLElement, form: HTMLFormElement, refused: HTMLElement}} nodes
   * @param {(parts: object[]) => void} tell - takes the parts of a line for the log
   * @param {(text: string) => Promise<string>} say - answers why it was refused, "" if it was not
   */
  constructor(nodes, tell, say) {
    this.#nodes = nodes;
    this.#tell = tell;
    nodes.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#speak(nodes.form.elements.remark, say);
    });
    setInterval(() => this.#show(), 1_000);
  }

  clear() {
    this.#nodes.refused.textContent = "";
    this.#seen.clear();
    this.#word = null;
    this.#nodes.panel.hidden = true;
  }

  /** Takes a message of the stream; one that is not of the talk, or has come before, is passed over. */
  hear(message, players) {
    if (!message.message_id || this.#seen.has(message.message_id)) return;
    this.#seen.add(message.message_id);
    this.#players = players;
    this.#nodes.panel.hidden = false;
    if (message.event_type === "SPEAK") {
      this.#tell(tellRemark(this.#name(message.player_id), message.speak_text ?? ""));
    } else if (this.#word === null || message.turn_seq >= this.#word.turn_seq) {
      this.#word = message;
      this.#endsMs = Date.now() + Date.parse(message.deadline) - Date.parse(message.emitted_at);
    }
    this.#show();
  }

  /** Whether the person may speak: only somebody with a seat. */
  set seated(seated) {
    this.#nodes.form.hidden = !seated;
  }

  /** What is refused stays in the line, so that it can be mended or sent later. */
  async #speak(input, say) {
    const text = input.value.trim();
    if (!text || this.#underWay) return;
    this.#underWay = true;
    try {
      const refused = await say(text);
      this.#nodes.refused.textContent = refused;
      if (!refused && input.value.trim() === text) input.value = "";
    } finally {
      this.#underWay = false;
    }
  }

  #show() {
    const text = this.#words();
    if (this.#nodes.word.textContent !== text) this.#nodes.word.textContent = text;
  }

  #words() {
    if (!this.#word?.player_id) return "Nobody has the word.";
    const left = Math.max(0, Math.ceil((this.#endsMs - Date.now()) / 1_000));
    const passed = this.#word.passed.map((id) => this.#name(id)).join(", ");
    return `${this.#name(this.#word.player_id)} has the word, ${left} s left.${passed ? ` Passed: ${passed}.` : ""}`;
  }

  #name(playerId) {
    return this.#players.find((player) => player.player_id === playerId)?.player_name ?? "?";
  }
}
