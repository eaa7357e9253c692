// One game on the screen: it joins what comes in (stream, keys, buttons) to what is shown. The knowledge is in game.js.

import { ApiError } from "./api.js";
import { Board } from "./board.js";
import { Commands } from "./commands.js";
import { Countdown } from "./countdown.js";
import { line } from "./dom.js";
import { Game } from "./game.js";
import { Keyboard } from "./keyboard.js";
import { Log } from "./log.js";
import { Orders } from "./orders.js";
import { Roster } from "./roster.js";
import { refusal } from "./rules.js";
import { Shots } from "./shots.js";
import { Stream } from "./stream.js";
import { Talk } from "./talk.js";
import { tellEnd, tellLosses, tellStep } from "./words.js";

// The last event may come after the snapshot that shows the end; a watcher polls every 0.8 s.
const LAST_WORDS_MS = 1_500;

const SHORTEST_SILENCE_MS = 25_000;

const CONNECTION = {
  connecting: "Connecting …",
  live: "Live",
  reconnecting: "Connection lost, trying again …",
  closed: "Closed",
};

export class Table {
  #api;
  #nodes;
  #shots = new Shots();
  #board;
  #roster;
  #log;
  #countdown;
  #commands;
  #talk;
  #keyboard;
  #game = null;
  #seat = "";
  #stream = null;
  #orders = null;
  #refreshing = false;
  #lastWords = null; // timer; set once the end has been seen

  /** @param {import("./api.js").Api} api @param {(name: string) => HTMLElement} node - finds an element by its id */
  constructor(api, node) {
    this.#api = api;
    this.#nodes = {
      connection: node("connection"), turnLabel: node("turn-label"), turnCount: node("turn-count"),
      result: node("result"), start: node("start"), commands: node("commands"),
    };
    this.#board = new Board(node("board"), this.#shots.layer);
    this.#roster = new Roster(node("roster"));
    this.#log = new Log(node("log"));
    this.#countdown = new Countdown(node("countdown"));
    this.#commands = new Commands(node("commands"), (...action) => this.#act(...action), (text) => this.#speak(text));
    this.#talk = new Talk(
      { panel: node("talk"), word: node("word"), form: node("say"), refused: node("refused") },
      (parts) => this.#log.add(this.#game.snapshot.turn_no, parts),
      (text) => this.#say(text),
    );
    this.#keyboard = new Keyboard(
      (...action) => this.#act(...action),
      (waiting) => this.#commands.aimShield(waiting),
      () => this.#commands.focusSpeech(),
    );
  }

  /** Sits down at a game. Raises ApiError if the server does not know it. */
  async open(gameId, seat) {
    const game = new Game(await this.#api.game(gameId));
    this.close();
    this.#game = game;
    this.#seat = game.player(seat) ? seat : "";
    this.#orders = new Orders((command) => this.#api.sendCommand(game.id, command), (news) => this.#orderFailed(news));
    const silenceMs = Math.max(SHORTEST_SILENCE_MS, 3_000 * game.turnTimeoutSeconds);
    this.#stream = new Stream(
      this.#api.streamUrl(game.id), silenceMs, (message) => this.#hear(message), (state) => this.#showConnection(state),
    );
    this.#render();
    this.#meet(game);
  }

  close() {
    this.#stream?.close();
    this.#orders?.forget();
    clearTimeout(this.#lastWords);
    this.#lastWords = null;
    this.#game = null;
    this.#countdown.aimAt(null);
    this.#board.clear();
    this.#shots.clear();
    this.#log.clear();
    this.#commands.say("");
    this.#talk.clear();
    this.#roster.riders = {};
  }

  /** Starts the game, once the stream is there to see its first steps. Raises ApiError. */
  async start() {
    await this.#stream.ready;
    await this.#api.startGame(this.#game.id);
  }

  get seats() {
    return this.#game.players.map((player) => player.player_name);
  }

  get seat() {
    return this.#seat;
  }

  set seat(name) {
    this.#seat = name;
    this.#render();
  }

  /** Takes a key press of the document; says whether it was used. */
  press(event) {
    return this.#game !== null && this.#seat !== "" && !this.#game.over && this.#keyboard.press(event);
  }

  #hear(message) {
    const game = this.#game;
    const waiting = game.snapshot.status === "CREATED";
    const step = game.receive(message, Date.now());
    this.#orders.hear(message);
    this.#talk.hear(message, game.players);
    this.#showConnection(message.event_type === "ERROR" ? "error" : "live", message.error);
    if (waiting && game.running) this.#log.add(game.snapshot.turn_no, ["The game begins."]);
    if (step) this.#tell(step);
    if (game.behind) this.#refresh();
    this.#render();
  }

  #tell(step) {
    for (const parts of tellStep(step)) this.#log.add(step.turnNo, parts);
    if (step.action === "shoot" && step.actor) {
      const shooter = step.scene.state.players.find((player) => player.player_id === step.actor.player_id);
      this.#shots.fire(step.scene.state, shooter, step.direction);
    }
    this.#board.shake((step.losses ?? []).map(({ player }) => player.player_name));
  }

  async #refresh() {
    if (this.#refreshing) return;
    const game = this.#game;
    this.#refreshing = true;
    try {
      game.take(await this.#api.snapshot(game.id));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the next message asks again
    } finally {
      this.#refreshing = false;
    }
    if (game === this.#game) this.#render();
  }

  /** Finds out who the bots are; without an answer they are seats. */
  async #meet(game) {
    try {
      const { riders } = await this.#api.riders(game.id);
      if (game === this.#game) this.#roster.riders = riders ?? {};
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    if (game === this.#game) this.#render();
  }

  #act(action, direction) {
    const reason = this.#blocked() ?? refusal(this.#game.snapshot.state, this.#me, action, direction);
    if (reason === null) this.#order({ command_type: action, direction });
    else this.#commands.say(reason);
  }

  #speak(text) {
    const reason = this.#blocked();
    if (reason !== null) {
      this.#commands.say(reason);
      return;
    }
    this.#order({ command_type: "speak", speak_text: text });
    this.#commands.clearSpeech();
  }

  /** Says something beside the game; returns why that was refused, "" if it was not. */
  async #say(text) {
    try {
      await this.#api.say(this.#game.id, { player_id: this.#me.player_id, text });
      return "";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.message;
    }
  }

  #order(wish) {
    this.#commands.say("");
    this.#orders.give({ ...wish, player_id: this.#me.player_id, turn_no: this.#game.snapshot.turn_no });
    this.#render();
  }

  #orderFailed(news) {
    this.#commands.say(news);
    this.#render();
  }

  get #me() {
    return this.#game.player(this.#seat);
  }

  /** Why no command can be given now; null if one can. */
  #blocked() {
    const game = this.#game;
    if (this.#me === null) return "You are only watching";
    if (!game.running) return game.over ? "The game is over" : "The game has not started";
    if (!this.#me.alive) return "You are out of the game";
    if (game.current !== this.#me) return `It is ${game.current.player_name}’s turn`;
    return this.#orders.underWay ? "Your command is on its way" : null;
  }

  #render() {
    const game = this.#game;
    this.#orders.turnIs(game.snapshot.turn_no);
    this.#board.show(game, this.#seat);
    this.#roster.show(game, this.#seat);
    this.#countdown.aimAt(game.deadlineMs);
    this.#nodes.commands.hidden = this.#me === null;
    this.#talk.seated = this.#me !== null;
    this.#commands.show(this.#blocked(), (...action) => refusal(game.snapshot.state, this.#me, ...action));
    this.#showTurn();
    this.#showEnd();
  }

  #showTurn() {
    const { turnLabel, turnCount, start } = this.#nodes;
    const { status, turn_no: turnNo, round_no: roundNo } = this.#game.snapshot;
    const label = this.#turnText();
    if (turnLabel.textContent !== label) { // the same words again would be read out again
      turnLabel.textContent = label;
      this.#commands.say("");
    }
    turnLabel.dataset.turn = turnNo;
    turnLabel.dataset.player = this.#game.running ? this.#game.current.player_name : "";
    turnCount.textContent = `Turn ${turnNo} · Round ${roundNo}`;
    start.hidden = status !== "CREATED";
    document.title = `${label} – Cowboy`;
  }

  #turnText() {
    const game = this.#game;
    if (game.over) return "Game over";
    if (!game.running) return "Waiting to start";
    return game.current === this.#me ? `Your turn, ${this.#seat}` : `${game.current.player_name}’s turn`;
  }

  #showEnd() {
    const { result } = this.#nodes;
    const { over, winner } = this.#game;
    result.hidden = !over;
    if (!over) return;
    result.dataset.winner = winner?.player_name ?? "";
    result.replaceChildren(line(tellEnd(winner, this.#seat, this.#game.players)));
    this.#lastWords ??= setTimeout(() => this.#conclude(), LAST_WORDS_MS);
  }

  #conclude() {
    const game = this.#game;
    const lines = [...tellLosses(game.takeLosses()), tellEnd(game.winner, this.#seat, game.players)];
    for (const parts of lines) this.#log.add(game.snapshot.turn_no, parts);
    this.#stream.close();
  }

  #showConnection(state, words = CONNECTION[state]) {
    const { connection } = this.#nodes;
    connection.dataset.state = state;
    if (connection.textContent !== words) connection.textContent = words;
  }
}
