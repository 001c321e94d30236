"""Every Problem says in both languages what happened and what to do."""

import ast
import string
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from metadata.problem import LANGUAGES, problem, problem_texts
from metadata.script import is_han

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "metadata" / "problems").glob("*.toml"))
SOURCE = ("ingest", "metadata", "repository", "search", "storage", "viewer")
PARTS = ("message", "remedy")


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def literals():
    """Every string constant of the source."""
    files = [ROOT / "takao.py", *(f for name in SOURCE for f in (ROOT / name).rglob("*.py"))]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def asked_for():
    """The codes in calls of problem("…")."""
    for name in SOURCE:
        for file in (ROOT / name).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "problem":
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        yield first.value


def test_no_code_is_given_twice():
    codes = Counter(code for f in FILES for code in tomllib.loads(f.read_text("utf-8")))
    assert [code for code, times in codes.items() if times > 1] == []


@pytest.mark.parametrize("code", problem_texts())
def test_texts_are_complete_in_both_languages(code):
    texts = problem_texts()[code]
    keys = {f"{part}-{language}" for part in PARTS for language in LANGUAGES}
    assert set(texts) == {"severity", *keys}
    assert texts["severity"] in ("error", "warning", "notice")
    assert all(texts[key].strip() for key in keys)
    assert any(map(is_han, texts["message-zh-Hant"]))
    for part in PARTS:
        assert placeholders(texts[f"{part}-zh-Hant"]) == placeholders(texts[f"{part}-en"])


@pytest.mark.parametrize("code", problem_texts())
def test_texts_can_be_filled_in(code):
    names = {n for key, text in problem_texts()[code].items() if key != "severity"
             for n in placeholders(text)}  # fmt: skip
    found = problem(code, "here", **dict.fromkeys(names, "VALUE"))
    assert "{" not in "".join((*found.message.values(), *found.remedy.values()))


def test_every_code_in_the_source_has_texts():
    assert sorted(set(asked_for()) - set(problem_texts())) == []


def test_every_code_with_texts_is_used():
    assert sorted(set(problem_texts()) - set(literals())) == []
