"""Every measurement that is offered can be started; what mutants are made of is there."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
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


MUTANTS = tomllib.loads((BENCH / "mutants.toml").read_text("utf-8"))


@pytest.mark.parametrize("group", MUTANTS.values(), ids=MUTANTS)
def test_files_and_tests_of_mutants_are_there(group):
    assert [path for path in group["files"] + group["tests"] if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("group", MUTANTS.values(), ids=MUTANTS)
def test_mutants_that_are_no_change_stand_in_functions_of_the_group(group):
    modules = [path.removesuffix(".py").replace("/", ".") for path in group["files"]]
    for known in group.get("equivalent", []):
        module = next(m for m in modules if known["function"].startswith(f"{m}."))
        name = known["function"].rpartition(".")[2]
        source = (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")
        assert f"def {name}(" in source
        assert known["why"]
