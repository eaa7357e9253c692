// The keys of the table: arrows move, Shift shoots, Alt or a preceding S turns the shield, Enter goes to the speech box.

const DIRECTION = { ArrowUp: "up", ArrowLeft: "left", ArrowDown: "down", ArrowRight: "right" };

// Here arrows and letters have a meaning of their own.
const TYPING = "input, select, textarea, [role=log]";

export class Keyboard {
  #onAction;
  #onShieldNext;
  #onSpeak;
  #shieldNext = false;

  /**
   * @param {(action: string, direction: string) => void} onAction
   * @param {(waiting: boolean) => void} onShieldNext - S was pressed and an arrow is awaited, or no longer
   * @param {() => void} onSpeak
   */
  constructor(onAction, onShieldNext, onSpeak) {
    this.#onAction = onAction;
    this.#onShieldNext = onShieldNext;
    this.#onSpeak = onSpeak;
  }

  /** Takes a key press of the document; says whether it was one of ours. */
  press(event) {
    // A held key must not act again in the next turn.
    if (event.target.closest(TYPING) || event.ctrlKey || event.metaKey) return false;
    if (event.key in DIRECTION) {
      if (!event.repeat) this.#act(event);
      return true;
    }
    if (event.key === "Enter" && !event.target.closest("button, a")) {
      this.#onSpeak();
      return true;
    }
    if (event.key !== "Shift" && event.key !== "Alt") this.#awaitShield(event.key.toLowerCase() === "s");
    return false;
  }

  #act(event) {
    this.#onAction(this.#action(event), DIRECTION[event.key]);
    this.#awaitShield(false);
  }

  #action(event) {
    if (event.shiftKey) return "shoot";
    return event.altKey || this.#shieldNext ? "shield" : "move";
  }

  #awaitShield(waiting) {
    if (waiting === this.#shieldNext) return;
    this.#shieldNext = waiting;
    this.#onShieldNext(waiting);
  }
}
