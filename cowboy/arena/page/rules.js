// The rules as far as the page needs them: to say why a button is off, and to draw a laser. The server decides.

/** Row and column of one step; the order is that of the buttons. */
export const STEP = { up: [-1, 0], left: [0, -1], down: [1, 0], right: [0, 1] };

/** Where a laser goes after its entry cell: both ways across the shot. */
const ACROSS = { up: ["left", "right"], down: ["left", "right"], left: ["up", "down"], right: ["up", "down"] };

/** Why the server would not take this action of `me`, in words; null if it is legal. */
export function refusal(state, me, action, direction) {
  if (action === "shield") return null;
  if (action === "shoot" && me.shield === direction) return "Your own shield is in the way";
  const target = neighbour(me, direction);
  const obstacle = obstacleAt(state, target);
  return obstacle && `Cannot ${action} ${direction}: ${obstacle}`;
}

/**
 * The way of a legal shot: the entry cell, and for each sweep its direction, the last cell it reaches and whether
 * something stopped it there (otherwise that is the last cell of the board).
 */
export function laser(state, shooter, direction) {
  const entry = neighbour(shooter, direction);
  return { entry, sweeps: ACROSS[direction].map((way) => sweep(state, entry, way)) };
}

function sweep(state, from, direction) {
  let end = from;
  for (let next = neighbour(end, direction); onBoard(state, next); next = neighbour(end, direction)) {
    end = next;
    if (obstacleAt(state, end)) return { direction, end, stopped: true };
  }
  return { direction, end, stopped: false };
}

function neighbour({ row, col }, direction) {
  const [rows, cols] = STEP[direction];
  return { row: row + rows, col: col + cols };
}

function obstacleAt(state, cell) {
  if (!onBoard(state, cell)) return "the board ends there";
  if (state.map.cells[cell.row][cell.col] !== 0) return "a block is in the way";
  const other = state.players.find((player) => player.alive && player.row === cell.row && player.col === cell.col);
  return other ? `${other.player_name} is in the way` : null;
}

function onBoard({ map }, { row, col }) {
  return row >= 0 && col >= 0 && row < map.rows && col < map.cols;
}
