// What a player can press: twelve buttons and a speech box. Each is on or off for a reason it is told from outside.

import { el } from "./dom.js";
import { STEP } from "./rules.js";
import { ARROW } from "./words.js";

const ACTIONS = { move: "Move", shield: "Shield", shoot: "Shoot" };

export class Commands {
  #section;
  #buttons = [];
  #speak;
  #input;
  #hint;

  /**
   * @param {HTMLElement} section
   * @param {(action: string, direction: string) => void} onAction
   * @param {(speech: string) => void} onSpeech
   */
  constructor(section, onAction, onSpeech) {
    this.#section = section;
    this.#hint = section.querySelector("#hint");
    this.#speak = section.querySelector("#speak button");
    this.#input = section.querySelector("#speak input");
    section.querySelector("#pads").append(...Object.keys(ACTIONS).map((action) => this.#pad(action, onAction)));
    section.querySelector("#speak").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#input.value.trim()) onSpeech(this.#input.value);
    });
    this.#input.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#input.blur();
    });
  }

  /**
   * Turns the buttons on and off.
   * @param {?string} blocked - why no command at all is possible now
   * @param {(action: string, direction: string) => ?string} refusal - why this one is not
   */
  show(blocked, refusal) {
    this.#section.dataset.ready = blocked === null;
    for (const { button, action, direction, label } of this.#buttons) {
      turn(button, blocked ?? refusal(action, direction), label);
    }
    turn(this.#speak, blocked, "Say it");
  }

  say(hint) {
    this.#hint.textContent = hint;
  }

  aimShield(waiting) {
    this.#section.dataset.shieldNext = waiting;
  }

  focusSpeech() {
    this.#input.focus();
  }

  clearSpeech() {
    this.#input.value = "";
    this.#input.blur(); // so that the arrow keys steer again
  }

  #pad(action, onAction) {
    const buttons = Object.keys(STEP).map((direction) => {
      const label = `${ACTIONS[action]} ${direction}`;
      const button = el("button", {
        type: "button", class: direction, "aria-label": label, "data-testid": `${action}-${direction}`,
      }, ARROW[direction]);
      button.addEventListener("click", () => onAction(action, direction));
      this.#buttons.push({ button, action, direction, label });
      return button;
    });
    return el("div", { class: "pad", role: "group", "aria-label": ACTIONS[action], "data-action": action },
      el("span", { class: "pad-name", "aria-hidden": true }, ACTIONS[action]), ...buttons);
  }
}

/** On, or off with the reason. Not `disabled`: that would drop the focus each turn and hide the reason from readers. */
function turn(button, reason, label) {
  button.setAttribute("aria-disabled", reason !== null);
  button.title = reason ?? label;
}
