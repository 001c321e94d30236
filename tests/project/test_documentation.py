"""Whatever can be typed, set, opened or reported is named in docs/, and what docs/ name exists."""

import ast
import importlib.util
import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from repository.settings import KNOWN

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
VERBS = {"get", "post", "put", "delete", "head", "api_route"}


def page(name):
    return (DOCS / name).read_text("utf-8")


def commands():
    root = get_command(importlib.import_module("takao").cli)
    found = set()
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {part}" for part in inner} if inner else {name}
    return found


def documented_commands():
    text = page("commands.md")
    names = set(re.findall(r"`(?:takao )?(export [a-z]+)", text))
    return names | {n for n in re.findall(r"`takao ([a-z]+)", text) if n != "export"}


def routes():
    """The path of each route in viewer/, its parameters' names left out."""
    found = set()
    for file in (ROOT / "viewer").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "attr", "") in VERBS:
                    found.add(plain(mark.args[0].value))
    return found


def plain(path):
    return re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])


def documented_routes():
    return {plain(path) for path in re.findall(r"`(/[^`]*)`", page("addresses.md"))}


def test_every_command_is_documented_and_no_other():
    assert documented_commands() == commands()


def test_remedies_and_pages_name_commands_that_exist():
    readmes = [ROOT / name for name in ("README.md", "README.zh-Hant.md", "CONTRIBUTING.md")]
    problems = (ROOT / "metadata" / "problems").glob("*.toml")
    named = set()
    for file in (*readmes, *DOCS.glob("*.md"), *problems):
        named |= set(re.findall(r"\btakao ([a-z]+)\b", file.read_text("utf-8")))
    assert named - {command.partition(" ")[0] for command in commands()} == set()


def test_every_setting_is_documented_and_no_other():
    assert set(re.findall(r"^\| `(TAKAO_[A-Z_]+)`", page("settings.md"), re.MULTILINE)) == KNOWN


def test_every_route_is_documented():
    assert routes() - documented_routes() == set()


def test_every_documented_address_exists():
    # the image services are bare ASGI, and FastAPI adds its own description of the API
    beside = {"/iiif/image/3/{}", "/iiif/image/2/{}", "/api/openapi.json"}
    assert documented_routes() - routes() - beside == set()


def test_generated_pages_are_up_to_date():
    found = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    generate = importlib.util.module_from_spec(found)
    found.loader.exec_module(generate)
    assert generate.main(["--check"]) == 0, "run `make docs`"


def test_every_exit_code_is_documented():
    exits = importlib.import_module("takao").Exit
    assert {int(c) for c in re.findall(r"^\| (\d+) \|", page("commands.md"), re.MULTILINE)} == {
        int(code) for code in exits
    }


def test_every_make_target_is_documented():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documented = set(re.findall(r"`make ([a-z-]+)", page("commands.md")))
    assert targets == documented


@pytest.mark.parametrize(
    "decision", sorted((DOCS / "decisions").glob("*.md")), ids=lambda p: p.name
)
def test_decisions_are_short(decision):
    assert len(decision.read_text("utf-8").splitlines()) <= 40
    assert re.fullmatch(r"README\.md|\d{4}-[a-z0-9-]+\.md", decision.name)


def test_the_contributor_page_is_short():
    assert len((ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()) <= 120


def markdown():
    names = subprocess.run(
        ["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in names.stdout.split("\0") if name]


@pytest.mark.parametrize("file", markdown(), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(file):
    text = re.sub(r"```.*?```", "", file.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    assert [link for link in links if not (file.parent / link).exists()] == []


PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "bench" / "README.md"]
TOP = "ingest|repository|search|viewer|metadata|storage|tests|bench|docs|setup|samples"


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(file):
    named = re.findall(rf"`((?:{TOP})/[\w./*-]*[\w*/])`", file.read_text("utf-8"))
    assert [path for path in named if not list(ROOT.glob(path))] == []
