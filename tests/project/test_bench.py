"""Every measurement that is offered can be started."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
FIGURES = tomllib.loads((BENCH / "figures.toml").read_text("utf-8"))
COMMANDS = [
    (name, f[part]) for name, f in FIGURES.items() for part in ("before", "command") if part in f
]


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_its_script_is_there(name, command):
    if command[0] == "-m":
        assert importlib.util.find_spec(command[1])
    else:
        assert (BENCH.parent / command[0]).is_file()


def test_results_speak_of_figures_that_exist():
    lines = (BENCH / "RESULTS.md").read_text("utf-8").splitlines()
    assert {line[3:] for line in lines if line.startswith("## ")} <= set(FIGURES)
