// What happened, in words. A line is a list of parts: plain strings, {player} for a name and {speech} for what somebody
// said, which is never trusted: it is cut here and shown as isolated text.

/** What the page shows of a speech; the wire has no limit. */
const SPEECH_CHARACTERS = 140;

/** A direction as a sign. */
export const ARROW = { up: "↑", left: "←", down: "↓", right: "→" };

/** How a backend reports an illegal command: as a speech of its player that begins so. */
const REFUSED = "invalid command: ";

const SENTENCE = {
  move: ({ direction }) => [` moves ${direction}.`],
  shield: ({ direction }) => [` turns the shield ${direction}.`],
  shoot: ({ direction, losses }) => [` shoots ${direction}`, ...hits(losses)],
  timeout: () => [" runs out of time."],
  speak: ({ speech }) => speech.startsWith(REFUSED)
    ? [" tries what cannot be done: ", { speech: shortened(speech.slice(REFUSED.length)) }]
    : [": ", { speech: shortened(speech) }],
};

/** The lines that tell a step, in order. */
export function tellStep(step) {
  const lines = [];
  if (step.unseenTurns > 0) lines.push([`${count(step.unseenTurns, "turn")} went by unseen.`]);
  lines.push(...tellLosses(step.earlierLosses));
  const actor = step.actor ? { player: step.actor.player_name } : "Somebody";
  lines.push([actor, ...SENTENCE[step.action](step)]);
  lines.push(...(step.losses ?? []).filter(({ player }) => !player.alive).map(fall));
  return lines;
}

/** The line that tells a remark, which may come from any writer of the talk's topic. */
export function tellRemark(playerName, text) {
  return [{ player: playerName }, " says: ", { speech: shortened(text) }];
}

/** Lines for hit points that were lost nobody saw how. */
export function tellLosses(losses) {
  return losses.map((loss) => loss.player.alive ? [name(loss), ` is down to ${loss.player.hp} HP.`] : fall(loss));
}

/** That a game ends, however careful its players are. */
export function tellLimit(turns) {
  return `After ${count(turns, "turn")} the game is a draw; hit points tell who was best.`;
}

/** What the end looks like to the holder of a seat (or to nobody). */
export function tellEnd(winner, ownSeat, players) {
  if (winner === null) {
    const standing = players.filter((player) => player.alive).sort((one, other) => other.hp - one.hp);
    const told = standing.flatMap((player) => [", ", name({ player }), ` ${player.hp} HP`]);
    return ["A draw: ", ...told.slice(1), "."];
  }
  if (winner.player_name === ownSeat) return ["You win, ", { player: ownSeat }, ". The town is yours."];
  return [{ player: winner.player_name }, " wins. The last one standing."];
}

function hits(losses) {
  if (losses === null) return ["."];
  if (losses.length === 0) return [" and hits nobody."];
  const targets = losses.flatMap((loss) => [" and ", name(loss), ` (${loss.player.hp} HP left)`]);
  return [" and hits ", ...targets.slice(1), "."];
}

function fall(loss) {
  return [name(loss), " bites the dust."];
}

function name({ player }) {
  return { player: player.player_name };
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function shortened(speech) {
  const characters = Array.from(speech); // not cutting an astral character in two
  return characters.length > SPEECH_CHARACTERS
    ? `${characters.slice(0, SPEECH_CHARACTERS - 1).join("")}…`
    : speech;
}
