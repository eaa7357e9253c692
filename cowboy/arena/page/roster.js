// The list of players: who is alive, with how many hit points, behind which shield, and whose turn it is.

import { badge, el } from "./dom.js";
import { ARROW } from "./words.js";

const FULL_HP = 10;

export class Roster {
  #list;
  #riders = {};

  constructor(list) {
    this.#list = list;
  }

  /** @param {Object<string, {name: string, horse: ?string}>} riders - who the bots are, by seat */
  set riders(riders) {
    this.#riders = riders;
  }

  /** @param {import("./game.js").Game} game @param {string} ownSeat - "" if nobody plays here */
  show(game, ownSeat) {
    this.#list.replaceChildren(...game.players.map((player) => row(player, game, ownSeat, this.#riders)));
  }
}

function row(player, game, ownSeat, riders) {
  const { player_name: name, hp, alive, shield } = player;
  const current = game.running && player === game.current;
  const meter = el("span", {
    class: "hp", role: "meter", "aria-label": "Hit points",
    "aria-valuemin": 0, "aria-valuemax": FULL_HP, "aria-valuenow": hp,
  });
  meter.style.setProperty("--hp", Math.min(1, hp / FULL_HP));
  return el("li", {
    "data-testid": `player-${name}`, "data-hp": hp, "data-alive": alive, "data-current": current,
  },
  badge(name),
  el("span", { class: "who" }, whoIs(name, ownSeat, alive)),
  meter,
  el("span", { class: "points" }, `${hp} HP`),
  el("span", { class: "side" }, alive ? `shield ${ARROW[shield]}` : "–"),
  ...(riders[name] ? [el("span", { class: "rider" }, rider(riders[name]))] : []));
}

function whoIs(name, ownSeat, alive) {
  if (!alive) return "out";
  return name === ownSeat ? "you" : "";
}

function rider({ name, horse }) {
  return horse ? `${name} on ${horse}` : name;
}
