"""Tournaments: contenders, many games in processes, the file they are kept in, the picture."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cowboy.cli.strength import strength
from cowboy.errors import BadRequest
from cowboy.match.contender import Contender
from cowboy.match.ledger import Ledger
from cowboy.match.season import LEAST_GAMES, LineUp, Plan, Season, Standing, all_pairs, standings
from cowboy.match.strength_picture import draw
from cowboy.match.tournament import Played, Score, pairings, score
from cowboy.settings import Settings


def won(count: int, of: int) -> list[Played]:
    return [Played(number < count, False, 10, 0, (1.0,)) for number in range(of)]


def ignore(line_up: LineUp, result: Score) -> None:
    """Nothing is told."""


def plan(games: int, within: float | None = None, *line_ups: LineUp) -> Plan:
    return Plan(line_ups or (("greedy", "random"),), games, 0, 60, within)


@pytest.mark.parametrize("text", ["search", "search@300", "search@20ms", "greedy"])
def test_a_contender_is_written_as_it_is_read(text: str) -> None:
    assert str(Contender.of(text)) == text


@pytest.mark.parametrize("text", ["", "nobody", "search@", "search@0", "search@20s", "search@-3", "search@1@2"])
def test_another_form_is_refused_with_the_names_there_are(text: str) -> None:
    with pytest.raises(BadRequest, match="greedy"):
        Contender.of(text)


def test_a_contender_without_a_budget_is_named_with_that_of_the_settings() -> None:
    by_nodes, by_time = Settings(search_budget_nodes=70), Settings(search_budget_ms=30)
    assert str(Contender.of("hard").within(by_nodes)) == "hard@70"
    assert str(Contender.of("hard").within(by_time)) == "hard@30ms"
    assert str(Contender.of("hard@5").within(by_time)) == "hard@5"
    assert str(Contender.of("greedy").within(by_time)) == "greedy"


def test_a_season_goes_on_where_its_file_ends(tmp_path: Path) -> None:
    path = tmp_path / "games.jsonl"
    Season(plan(2), Ledger(path), Settings(), 1).play(ignore)
    first = path.read_text().splitlines()
    path.write_text("\n".join([*first, '{"brains": ["gree']))
    (whole,) = Season(plan(4), Ledger(path), Settings(), 2).play(ignore)
    assert path.read_text().splitlines()[:2] == first
    assert len(path.read_text().splitlines()) == whole[1].games == 4
    (alone,) = Season(plan(4), Ledger(), Settings(), 1).play(ignore)
    assert (alone[1].wins, alone[1].draws, alone[1].mean_turns) == (whole[1].wins, whole[1].draws, whole[1].mean_turns)


@pytest.mark.parametrize("text", ["dear diary\n", "dear diary", '{"a": 1}\n', "[]\n"])
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(BadRequest, match="line 1"):
        Ledger(path)
    assert path.read_text() == text


def test_it_stops_early_when_the_interval_is_small_enough_and_not_by_a_run_of_luck() -> None:
    ledger = Ledger()
    for pairing, played in zip(pairings(("greedy", "random"), 500, 0, 60), won(500, 500), strict=True):
        ledger.add(pairing, played)
    (loose,) = Season(plan(500, 0.4), ledger, Settings(), 1).play(ignore)
    (tight,) = Season(plan(500, 0.02), ledger, Settings(), 1).play(ignore)
    assert loose[1].games == LEAST_GAMES
    assert LEAST_GAMES < tight[1].games < 500
    assert (tight[1].high - tight[1].low) / 2 <= 0.02


def test_all_pairs_meet_once_and_a_win_of_one_is_no_win_of_the_other() -> None:
    assert all_pairs(["a", "b", "c"]) == [("a", "b"), ("a", "c"), ("b", "c")]
    ranks = standings([(("search", "greedy"), score(won(8, 10))), (("greedy", "random"), score(won(10, 10)))])
    assert [(str(rank.contender), rank.wins, rank.games) for rank in ranks] == [
        ("search", 8, 10),
        ("greedy", 12, 20),
        ("random", 0, 10),
    ]


def standing(text: str, rate: float) -> Standing:
    return Standing(Contender.of(text), 10, round(10 * rate), rate, max(0.0, rate - 0.1), min(1.0, rate + 0.1))


def test_the_picture_is_of_brains_with_budgets_of_one_unit() -> None:
    ranks = [standing("search@100", 0.4), standing("search@1000", 0.9), standing("greedy", 0.1)]
    assert b"<svg" in draw(ranks)
    assert draw(ranks, "png").startswith(b"\x89PNG")
    with pytest.raises(BadRequest, match="budgets"):
        draw([*ranks, standing("search@20ms", 0.5)])
    with pytest.raises(BadRequest, match="budgets"):
        draw([standing("greedy", 0.5)])
    with pytest.raises(BadRequest, match=r"\.svg"):
        draw(ranks, "exe")


def test_the_command_plays_all_pairs_and_draws(tmp_path: Path) -> None:
    picture = tmp_path / "strength.svg"
    options = ["--pairs", "--games", "2", "--max-turns", "20", "--picture", str(picture)]
    result = CliRunner().invoke(strength, ["search@5,search@20,random", *options], catch_exceptions=False)
    assert result.exit_code == 0
    assert "search@5 against search@20" in result.output
    assert "all pairs together" in result.output
    assert picture.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("brains", ["greedy", "greedy,nobody", "greedy,greedy,greedy,greedy,greedy"])
def test_the_command_refuses_what_cannot_be_played(brains: str) -> None:
    result = CliRunner().invoke(strength, [brains])
    assert result.exit_code == 2
    assert "BRAINS" in result.output or "no brain to play" in result.output
