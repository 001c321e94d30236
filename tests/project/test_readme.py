"""The README's commands are the ones CI runs, the same in both languages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-Hant.md")
CI = (ROOT / ".ci" / "run").read_text("utf-8") + (ROOT / ".ci" / "demo.py").read_text("utf-8")


def commands(name):
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_both_languages_give_the_same_commands():
    assert commands(READMES[0]) == commands(READMES[1])


@pytest.mark.parametrize("name", READMES)
def test_ci_runs_every_make_command(name):
    targets = [c.removeprefix("make ") for c in commands(name) if c.startswith("make ")]
    assert {"demo", "test", "check"} <= set(targets)
    for target in targets:
        assert f"make {target}" in CI or f'"make", "{target}"' in CI


def test_ci_runs_no_other_make_command():
    run = set(re.findall(r"^make ([a-z-]+)", CI, re.MULTILINE))
    run |= set(re.findall(r'"make", "([a-z-]+)"', CI))
    assert {f"make {target}" for target in run} <= set(commands(READMES[0]))


@pytest.mark.parametrize("name", READMES)
def test_what_the_readme_promises_is_there(name):
    text = (ROOT / name).read_text("utf-8")
    for needed in ("make demo", "make test", "LICENSES.md", "docs/running.md", "Apache"):
        assert needed in text
