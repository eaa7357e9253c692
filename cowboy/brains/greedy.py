"""The `greedy` brain: one step ahead. Shoots when a shot hits, else walks towards the nearest. A plain opponent."""

from random import Random

from cowboy.brains.brain import Brain, Context, Decision, Situation
from cowboy.brains.sight import shots_at
from cowboy.game.board import State
from cowboy.game.rules import Action, legal_actions, shot_hits
from cowboy.game.words import CommandType, Direction


class GreedyBrain(Brain):
    """In this order: the shot that hits most, a step towards the nearest, a shield against a shot, anything legal."""

    name = "greedy"
    speaks = False

    def decide(self, situation: Situation, context: Context) -> Decision:
        """The same for the same situation and seed; the seed decides between equals."""
        del context
        state = situation.table.to_board()
        random = Random(situation.seed)  # noqa: S311  # a game, not a secret
        action = _best_shot(state) or _step_closer(state, random) or _cover(state)
        return Decision(action or random.choice(list(legal_actions(state))))


def _best_shot(state: State) -> Action | None:
    """The shot that hurts most players; among equals the one that finishes more of them."""
    shots = [action for action in legal_actions(state) if action.kind is CommandType.SHOOT]
    hits = {action: shot_hits(state, action.direction) for action in shots if action.direction}
    worth = {action: (len(hit), sum(state.players[seat].hp == 1 for seat in hit)) for action, hit in hits.items()}
    best = max(worth, key=worth.__getitem__, default=None)
    return best if best is not None and hits[best] else None


def _step_closer(state: State, random: Random) -> Action | None:
    """A step that shortens the way to the nearest living enemy, as the crow walks."""
    actor = state.actor
    now = _distance(state, actor.row, actor.col)
    after = {
        action: _distance(state, actor.row + action.direction.step[0], actor.col + action.direction.step[1])
        for action in legal_actions(state)
        if action.kind is CommandType.MOVE and action.direction
    }
    best = min(after.values(), default=now)
    return random.choice([action for action, left in after.items() if left == best]) if best < now else None


def _distance(state: State, row: int, col: int) -> int:
    enemies = (player for seat, player in enumerate(state.players) if player.alive and seat != state.current)
    return min((abs(enemy.row - row) + abs(enemy.col - col) for enemy in enemies), default=0)


def _cover(state: State) -> Action | None:
    """The shield that leaves fewest shots at us, if there are any now and it helps."""
    now = _threats(state, state.actor.shield)
    left = {direction: _threats(state, direction) for direction in Direction}
    best = min(left, key=left.__getitem__)
    return Action(CommandType.SHIELD, best) if left[best] < now else None


def _threats(state: State, shield: Direction) -> int:
    """How many shots could hurt us if our shield faced that way."""
    me = state.current
    players = (*state.players[:me], state.actor._replace(shield=shield), *state.players[me + 1 :])
    shielded = state._replace(players=players)
    return sum(len(shots_at(shielded, shielded.standing, seat, me)) for seat in state.alive if seat != me)
