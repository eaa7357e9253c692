// Making elements. Children that are strings become text nodes, so no word of a game is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with these attributes and children. */
export function el(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/** A player's letter on the player's colour. */
export function badge(playerName) {
  return el("b", { class: "badge", "data-player": playerName }, playerName);
}

/** The parts of a line of words.js as one element. */
export function line(parts) {
  return el("span", { class: "line" }, ...parts.map(shown));
}

function shown(part) {
  if (typeof part === "string") return part;
  return "player" in part ? badge(part.player) : el("q", {}, el("bdi", {}, part.speech));
}

function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
