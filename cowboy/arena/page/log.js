// The running story of a game, one line an event. It shows lines; words.js makes them.

import { el, line } from "./dom.js";

// A long game of bots must not fill the memory of the browser.
const LINES_KEPT = 300;

export class Log {
  #list;

  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.#list.replaceChildren();
  }

  /** @param {number} turnNo @param {(string|{player: string}|{speech: string})[]} parts */
  add(turnNo, parts) {
    const list = this.#list;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    list.append(el("li", { "data-turn": turnNo }, el("span", { class: "when" }, String(turnNo)), line(parts)));
    if (list.children.length > LINES_KEPT) list.firstElementChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }
}
