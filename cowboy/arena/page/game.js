// What is known of one game. Messages may come twice, late, out of order or without a snapshot; this is where that
// stops mattering: the newest snapshot wins, and each step is told once. No drawing, no network.

/**
 * @typedef {{player_name: string, player_id: string, hp: number, row: number, col: number, shield: string,
 *            alive: boolean}} Player
 * @typedef {{status: string, turn_no: number, round_no: number, current_player_id: string, turn_started_at: ?string,
 *            state: {map: {rows: number, cols: number, cells: number[][]}, players: Player[]}}} Snapshot
 * @typedef {{player: Player, lost: number}} Loss - `player` as it is afterwards
 * @typedef {{turnNo: number, actor: ?Player, action: string, direction: ?string, speech: string, scene: Snapshot,
 *            unseenTurns: number, earlierLosses: Loss[], losses: ?Loss[]}} Step
 *          One command that happened. `scene` is the board it happened on, as well as that is known; `losses` are
 *          its own doing (null: not known yet), `earlierLosses` happened unseen at some time before.
 */

const STATUSES = ["CREATED", "RUNNING", "FINISHED"];

const HAPPENED = new Set(["APPLIED", "TIMEOUT_APPLIED"]);

// Enough to match events with the snapshots of their own turns, however far a polled snapshot runs ahead.
const HISTORY_TURNS = 64;

export class Game {
  #history = new Map(); // turn number → the snapshot in which it began
  #toldTurn; // the turn that the last told step led to
  #toldHp; // the snapshot whose hit points have been told
  #announcedTurn = 0;
  #announcedEnd = false;
  #skewMs = null;

  /** @param {Snapshot & {game_id: string, turn_timeout_seconds: number}} answer - of GET /v2/games/{id} */
  constructor(answer) {
    this.id = answer.game_id;
    this.turnTimeoutSeconds = answer.turn_timeout_seconds;
    this.snapshot = answer;
    this.#history.set(answer.turn_no, answer);
    this.#toldTurn = answer.turn_no;
    this.#toldHp = answer;
  }

  get players() {
    return this.snapshot.state.players;
  }

  get running() {
    return this.snapshot.status === "RUNNING" && !this.over;
  }

  /** The end may come without its message: as a status in any snapshot, or as one player alive among several. */
  get over() {
    const decided = this.snapshot.status === "RUNNING" && this.players.length > 1 && this.winner !== null;
    return this.#announcedEnd || this.snapshot.status === "FINISHED" || decided;
  }

  /** The only player alive; null while there are several. */
  get winner() {
    const alive = this.players.filter((player) => player.alive);
    return alive.length === 1 ? alive[0] : null;
  }

  get current() {
    return this.#byId(this.snapshot.current_player_id);
  }

  /** True when a message told of more than any snapshot has shown. */
  get behind() {
    return this.#announcedTurn > this.snapshot.turn_no
      || (this.#announcedEnd && this.snapshot.status !== "FINISHED");
  }

  /** When this turn ends by the clock of this machine; null unless one is running. */
  get deadlineMs() {
    if (!this.running || !this.snapshot.turn_started_at) return null;
    return milliseconds(this.snapshot.turn_started_at) + this.turnTimeoutSeconds * 1000 - (this.#skewMs ?? 0);
  }

  player(name) {
    return this.players.find((player) => player.player_name === name) ?? null;
  }

  /** Takes in a snapshot; an older one than the known only fills gaps in the history. */
  take(snapshot) {
    this.#history.set(snapshot.turn_no, snapshot);
    if (this.#history.size > HISTORY_TURNS) this.#history.delete(this.#history.keys().next().value);
    if (isNewer(snapshot, this.snapshot)) this.snapshot = snapshot;
  }

  /**
   * Takes in a message of the stream.
   * @returns {?Step} what happened, if it did happen and has not been told yet
   */
  receive(message, nowMs) {
    this.#compareClocks(message.emitted_at ?? message.connected_at, nowMs);
    if (message.snapshot) this.take(message.snapshot);
    // Polled messages have no result; of events, only these happened, whatever their type claims.
    if ("result_status" in message && !HAPPENED.has(message.result_status)) return null;
    if (message.event_type === "GAME_FINISHED") this.#announcedEnd = true;
    this.#announcedTurn = Math.max(this.#announcedTurn, message.turn_no ?? 0);
    if (!message.command_type || message.turn_no <= this.#toldTurn) return null;
    return this.#tell(message);
  }

  /** Hit points lost that no step has told of. Telling them once is enough: the next call answers []. */
  takeLosses() {
    return this.#losses(this.snapshot);
  }

  #tell(message) {
    const scene = this.#history.get(message.turn_no - 1);
    const after = this.#history.get(message.turn_no);
    const step = {
      turnNo: message.turn_no - 1,
      actor: this.#byId(message.player_id ?? scene?.current_player_id),
      action: message.command_type,
      direction: message.direction ?? null,
      speech: message.speak_text ?? "",
      scene: scene ?? this.snapshot,
      unseenTurns: message.turn_no - 1 - this.#toldTurn,
      earlierLosses: this.#losses(scene ?? after),
      losses: scene && after ? this.#losses(after) : null,
    };
    this.#toldTurn = message.turn_no;
    return step;
  }

  #losses(after) {
    if (!after) return [];
    const before = new Map(this.#toldHp.state.players.map((player) => [player.player_id, player.hp]));
    this.#toldHp = after;
    return after.state.players
      .map((player) => ({ player, lost: before.get(player.player_id) - player.hp }))
      .filter(({ lost }) => lost > 0);
  }

  #byId(playerId) {
    return this.players.find((player) => player.player_id === playerId) ?? null;
  }

  #compareClocks(serverTime, nowMs) {
    if (!serverTime) return;
    // A message never arrives before it is sent: the largest difference had the least delay in it.
    this.#skewMs = Math.max(this.#skewMs ?? -Infinity, milliseconds(serverTime) - nowMs);
  }
}

function isNewer(candidate, known) {
  const progress = STATUSES.indexOf(candidate.status) - STATUSES.indexOf(known.status);
  return progress === 0 ? candidate.turn_no > known.turn_no : progress > 0;
}

/** RFC 3339 to milliseconds since 1970. Servers write up to nine fractional digits, some browsers read three. */
function milliseconds(time) {
  return Date.parse(time.replace(/(\.\d{3})\d+/, "$1"));
}
