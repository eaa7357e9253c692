// The two forms before a game: make a new one, or open one that exists. They gather wishes; main.js carries them out.

import { badge, el } from "./dom.js";

const NAMES = ["A", "B", "C", "D"];

const DEFAULT_STRENGTH = "default";

const STRENGTHS = [DEFAULT_STRENGTH, "easy", "normal", "hard", "greedy", "random"];

export class NewGameForm {
  #form;
  #offerBots;
  #watching = false;

  /**
   * @param {HTMLFormElement} form
   * @param {boolean} offerBots - whether seats can be given to bots at all
   * @param {(request: object, ownSeat: string) => void} onSubmit - the body of POST /v2/games, and the seat of this page
   */
  constructor(form, offerBots, onSubmit) {
    this.#form = form;
    this.#offerBots = offerBots;
    form.querySelector("#seats").append(...NAMES.map((name) => this.#seatRow(name)));
    form.addEventListener("change", ({ target }) => {
      if (target === this.#field("own")) this.#watching = target.value === "";
      this.#update();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onSubmit(this.#request(), this.#field("own").value);
    });
    this.#update();
  }

  #seatRow(name) {
    const takers = this.#offerBots ? ["Person", "Bot"] : ["Person"];
    const taker = el("select", { name: `taker-${name}`, "aria-label": `Seat ${name}`, "data-testid": `taker-${name}` },
      ...takers.map((label) => el("option", { value: label.toLowerCase() }, label)));
    if (this.#offerBots && name !== NAMES[0]) taker.value = "bot";
    const strength = el("select", {
      name: `strength-${name}`, "aria-label": `Strength of bot ${name}`, "data-testid": `strength-${name}`,
    }, ...STRENGTHS.map((label) => el("option", {}, label)));
    return el("div", { class: "seat", "data-seat": name }, badge(name), taker, strength);
  }

  #update() {
    const seats = this.#seats();
    for (const row of this.#form.querySelectorAll(".seat")) {
      row.hidden = !seats.includes(row.dataset.seat);
      row.lastElementChild.hidden = !this.#isBot(row.dataset.seat);
    }
    const people = seats.filter((name) => !this.#isBot(name));
    const own = this.#field("own");
    const wish = own.value;
    own.replaceChildren(...people.map((name) => el("option", {}, name)), el("option", { value: "" }, "Watch only"));
    const seat = people.includes(wish) ? wish : people[0] ?? "";
    own.value = this.#watching ? "" : seat;
  }

  #request() {
    const bots = this.#seats().filter((name) => this.#isBot(name));
    const request = {
      num_players: this.#seats().length,
      turn_timeout_seconds: this.#field("seconds").valueAsNumber,
      bot_players: bots,
    };
    const chosen = bots.filter((name) => this.#strength(name) !== DEFAULT_STRENGTH);
    if (chosen.length > 0) {
      request.brains = Object.fromEntries(chosen.map((name) => [name, this.#strength(name)]));
    }
    return request;
  }

  #seats() {
    return NAMES.slice(0, Number(this.#field("players").value));
  }

  #isBot(name) {
    return this.#field(`taker-${name}`).value === "bot";
  }

  #strength(name) {
    return this.#field(`strength-${name}`).value;
  }

  #field(name) {
    return this.#form.elements[name];
  }
}

/** @param {(gameId: string, seat: string) => void} onSubmit */
export function wireOpenForm(form, onSubmit) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit(form.elements.game.value.trim(), form.elements.seat.value);
  });
}
