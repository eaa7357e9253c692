// Where cells lie in the picture of the board.

import { STEP } from "./rules.js";

/** The side of a cell in user units; the picture scales to its place. */
export const CELL = 100;

/** The middle of a cell, or a point that many cells away from it in a direction. */
export function centre({ row, col }, direction = "up", cells = 0) {
  const [rows, cols] = STEP[direction];
  return { x: (col + 0.5 + cols * cells) * CELL, y: (row + 0.5 + rows * cells) * CELL };
}
