// The page itself: reads its configuration and address, and shows the lobby or the table.

import { Api, ApiError } from "./api.js";
import { el } from "./dom.js";
import { NewGameForm, wireOpenForm } from "./lobby.js";
import { Table } from "./table.js";
import { tellLimit } from "./words.js";

const node = (id) => document.getElementById(id);

const api = new Api(window.COWBOY_SERVER ?? "");
const table = new Table(api, node);

/** Runs one wish of the person at a time; what the server has against it is shown at the top of the page. */
async function attempt(wish) {
  if (document.body.ariaBusy === "true") return;
  document.body.ariaBusy = "true";
  node("trouble").hidden = true;
  try {
    await wish();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    node("trouble").textContent = error.message;
    node("trouble").hidden = false;
  } finally {
    document.body.ariaBusy = "false";
  }
}

async function create(request, ownSeat) {
  await api.defaultMap();
  const { game_id: gameId } = await api.createGame(request);
  await sitDown(gameId, ownSeat);
  await table.start();
}

async function sitDown(gameId, seat) {
  await table.open(gameId, seat);
  const watch = node("seat").options[0];
  node("seat").replaceChildren(watch, ...table.seats.map((name) => el("option", {}, name)));
  node("seat").value = table.seat;
  writeAddress({ gameId, seat: table.seat });
  show("table");
}

function leave() {
  table.close();
  node("connection").dataset.state = "idle";
  node("connection").textContent = "Not at a table";
  document.title = "Cowboy";
  writeAddress({});
  show("lobby");
}

/** Keeps the game in the address, so that a reload comes back to it. */
function writeAddress(place) {
  const kept = Object.entries(place).filter(([, value]) => value);
  history.replaceState(null, "", kept.length ? `?${new URLSearchParams(kept)}` : location.pathname);
}

function show(room) {
  node("lobby").hidden = room !== "lobby";
  node("table").hidden = node("at-table").hidden = room !== "table";
  node(room).focus({ preventScroll: true }); // what had the focus may just have gone
}

if (window.COWBOY_MAX_TURNS) {
  node("limit").hidden = false;
  node("limit").textContent = tellLimit(window.COWBOY_MAX_TURNS);
}
new NewGameForm(node("new-game"), window.COWBOY_SHOW_BOTS !== false, (...order) => attempt(() => create(...order)));
wireOpenForm(node("open-game"), (gameId, seat) => attempt(() => sitDown(gameId, seat)));
node("leave").addEventListener("click", leave);
node("start").addEventListener("click", () => attempt(() => table.start()));
node("seat").addEventListener("change", ({ target }) => {
  table.seat = target.value;
  writeAddress({ gameId: new URLSearchParams(location.search).get("gameId"), seat: target.value });
});
document.addEventListener("keydown", (event) => {
  if (table.press(event)) event.preventDefault();
});

const address = new URLSearchParams(location.search);
if (address.has("gameId")) attempt(() => sitDown(address.get("gameId"), address.get("seat") ?? ""));
