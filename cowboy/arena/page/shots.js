// The lasers of the shots just fired, each for a moment: the way in, then both sweeps, and sparks where they end.

import { svg } from "./dom.js";
import { centre } from "./grid.js";
import { laser } from "./rules.js";

const SHOT_MS = 900;

// Parts of that time: when the sweeps leave the entry cell, how long a beam grows, when all begins to fade.
const SWEEP = 0.2;
const GROWTH = 0.25;
const FADE = 0.75;

export class Shots {
  /** The SVG group to put on the board. */
  layer = svg("g");

  clear() {
    this.layer.replaceChildren();
  }

  /** Draws a shot on the board as it was when the shot was fired. */
  fire(state, shooter, direction) {
    if (document.hidden) return; // animations stand still there, and would pile up
    const { entry, sweeps } = laser(state, shooter, direction);
    this.#beam(centre(shooter), centre(entry), 0);
    for (const { direction: way, end, stopped } of sweeps) {
      const tip = stopped ? centre(end, way, -0.25) : centre(end, way, 0.5);
      this.#beam(centre(entry), tip, SWEEP);
      if (stopped) this.#spark(tip);
    }
  }

  #beam(from, to, start) {
    const line = svg("line", { class: "laser", x1: from.x, y1: from.y, x2: to.x, y2: to.y, pathLength: 1 });
    this.#show(line, [
      { strokeDasharray: "0 2", opacity: 0, offset: 0 },
      { strokeDasharray: "0 2", opacity: 0, offset: start },
      { strokeDasharray: "0 2", opacity: 1, offset: start },
      { strokeDasharray: "1 2", opacity: 1, offset: start + GROWTH },
      { strokeDasharray: "1 2", opacity: 1, offset: FADE },
      { strokeDasharray: "1 2", opacity: 0, offset: 1 },
    ]);
  }

  #spark({ x, y }) {
    const arrival = SWEEP + GROWTH;
    this.#show(svg("circle", { class: "spark", cx: x, cy: y, r: 30 }), [
      { opacity: 0, offset: 0 },
      { opacity: 0, offset: arrival },
      { opacity: 1, offset: arrival },
      { opacity: 0, offset: 1 },
    ]);
  }

  #show(shape, keyframes) {
    this.layer.append(shape);
    shape.animate(keyframes, SHOT_MS).finished.then(() => shape.remove());
  }
}
