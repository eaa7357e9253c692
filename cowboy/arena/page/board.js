// The board as SVG: cells and players. It draws snapshots; what happens between them is for shots.js.

import { svg } from "./dom.js";
import { CELL, centre } from "./grid.js";

const TURN_OF_SHIELD = { up: 0, right: 90, down: 180, left: 270 };

const SHAKE = { translate: ["0", "-9px 0", "9px 0", "-6px 0", "6px 0", "0"] };

export class Board {
  #root;
  #shots;
  #cells = []; // rows of groups
  #tokens = new Map(); // player name → group
  #tokenLayer = svg("g");

  /** @param {SVGSVGElement} root @param {SVGGElement} shots - a layer to put between the cells and the players */
  constructor(root, shots) {
    this.#root = root;
    this.#shots = shots;
  }

  clear() {
    this.#cells = [];
    this.#tokens.clear();
    this.#tokenLayer.replaceChildren();
    this.#root.replaceChildren();
  }

  /** @param {import("./game.js").Game} game @param {string} ownSeat */
  show(game, ownSeat) {
    const { map, players } = game.snapshot.state;
    if (this.#cells.length === 0) this.#lay(map);
    map.cells.forEach((row, r) => row.forEach((strength, c) => showBlock(this.#cells[r][c], strength)));
    for (const player of players) {
      this.#place(player, game.running && player === game.current, player.player_name === ownSeat);
    }
    this.#root.setAttribute("aria-label", `Board. ${players.map(whereabouts).join(" ")}`);
  }

  /** Shakes the tokens of players who were hit. */
  shake(playerNames) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const name of playerNames) {
      this.#tokens.get(name).firstElementChild.animate(SHAKE, { duration: 420, delay: 300 });
    }
  }

  #lay({ rows, cols }) {
    this.#root.setAttribute("viewBox", `0 0 ${cols * CELL} ${rows * CELL}`);
    this.#root.style.setProperty("--columns-per-row", cols / rows);
    this.#cells = range(rows).map((row) => range(cols).map((col) => cell(row, col)));
    this.#root.append(...this.#cells.flat(), this.#shots, this.#tokenLayer);
  }

  #place(player, current, own) {
    const { player_name: name, row, col, shield, alive } = player;
    if (!this.#tokens.has(name)) this.#tokens.set(name, token(name));
    const group = this.#tokens.get(name);
    Object.assign(group.dataset, { row, col, shield, alive, current, own });
    const { x, y } = centre(player);
    group.style.transform = `translate(${x}px, ${y}px)`;
    group.querySelector("[href='#shield']").setAttribute("transform", `rotate(${TURN_OF_SHIELD[shield]})`);
    // The living may stand on the dead, so the dead lie below.
    if (group.parentNode === null || !alive) this.#tokenLayer.prepend(group);
  }
}

function cell(row, col) {
  const name = svg("title");
  const floor = svg("rect", { class: (row + col) % 2 ? "floor odd" : "floor", width: CELL, height: CELL });
  return svg("g", {
    "data-testid": "cell", "data-row": row, "data-col": col, transform: `translate(${col * CELL} ${row * CELL})`,
  }, name, floor);
}

function showBlock(group, strength) {
  if (group.dataset.block === String(strength)) return;
  group.dataset.block = strength;
  const [name, floor] = group.children;
  name.textContent = blockName(strength);
  group.replaceChildren(name, floor, ...blockShapes(strength));
}

function blockName(strength) {
  if (strength === 0) return "Empty";
  return strength < 0 ? "Rock: indestructible" : `Crate of strength ${strength}`;
}

function blockShapes(strength) {
  if (strength === 0) return [];
  if (strength < 0) return [sprite("block-rock")];
  if (strength <= 2) return [sprite(`block-${strength}`)];
  return [sprite("block-2"), svg("text", { class: "strength", x: CELL / 2, y: CELL / 2 + 14 }, String(strength))];
}

function sprite(name) {
  return svg("use", { href: `#${name}`, width: CELL, height: CELL });
}

function token(name) {
  const place = { x: -CELL / 2, y: -CELL / 2, width: CELL, height: CELL };
  const figure = svg("g", {},
    svg("circle", { class: "halo", r: 45 }),
    svg("use", { href: "#shield", ...place }),
    svg("use", { href: "#hat", ...place }),
    svg("text", { y: 12 }, name));
  return svg("g", { class: "token", "data-testid": `token-${name}`, "data-player": name }, figure);
}

function whereabouts({ player_name: name, row, col, shield, alive }) {
  if (!alive) return `${name} is out.`;
  return `${name} at row ${row + 1}, column ${col + 1}, shield ${shield}.`;
}

function range(length) {
  return Array.from({ length }, (_, index) => index);
}
