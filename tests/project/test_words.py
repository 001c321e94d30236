"""One meaning a word: docs/words.md and the names in the code."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ingest", "metadata", "repository", "search", "storage", "viewer")
WORDS = (ROOT / "docs" / "words.md").read_text("utf-8")


def modules():
    """Every module of the product by its dotted name."""
    files = [ROOT / "takao.py", *(f for p in PACKAGES for f in (ROOT / p).rglob("*.py"))]
    return {
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f
        for f in files
    }


def class_names(tree):
    """The classes of a module, inner ones too, and its aliases of types: ``Tier = Literal[…]``."""
    yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else ()
        for target in targets:
            if isinstance(target, ast.Name) and re.fullmatch(r"[A-Z]\w*[a-z]\w*", target.id):
                yield target.id


def classes():
    found = defaultdict(list)
    for name, file in modules().items():
        for defined in class_names(ast.parse(file.read_text("utf-8"))):
            found[defined].append(f"{name}.{defined}")
    return found


def rows():
    """(terms, the classes given for them) of each row of the tables."""
    for line in WORDS.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] not in ("term", "word"):
            column = 2 if len(cells) == 4 else 1
            yield cells[0].split(", "), re.findall(r"`([\w.]+)`", cells[column])


def refused():
    (line,) = re.findall(r"^Names to refuse in code: (.+)\.$", WORDS, re.MULTILINE)
    names = line.split(", ")
    return {form for n in names for form in (n, n.removesuffix("s"), f"{n}s")}


def excepted():
    (text,) = re.findall(r"Where they are the field's own term: (.+?)\(", WORDS, re.DOTALL)
    return set(re.findall(r"`([\w.]+)`", text))


def is_refused(words):
    return not refused().isdisjoint(word.lower() for word in words)


def parts_of(class_name):
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", class_name)


def test_the_tables_are_read():
    terms = [term for named, _ in rows() for term in named]
    assert {"Work", "Item", "Place", "Region", "Hit", "Reading", "Pattern"} <= set(terms)
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize(("terms", "given"), [pytest.param(*r, id=r[0][0]) for r in rows()])
def test_a_term_has_the_class_that_the_word_list_gives_and_no_other(terms, given):
    found = classes()
    assert sorted(path for term in terms for path in found.get(term, ())) == sorted(given)


def test_every_class_that_the_word_list_names_is_there():
    names = set(re.findall(r"`([A-Z]\w+)`", WORDS))
    assert names - set(classes()) == set()


def test_no_two_classes_have_one_name():
    assert {name: where for name, where in classes().items() if len(where) > 1} == {}


def test_no_module_and_no_class_has_a_refused_name():
    every = modules()
    named = {name for name in every if is_refused(name.split(".")[-1].split("_"))}
    named |= {name for name in classes() if is_refused(parts_of(name))}
    assert named == excepted()


@pytest.mark.parametrize(
    ("words", "refuses"),
    [
        (["build", "data"], True),
        (["File", "Handler"], True),
        (["helper"], True),
        (["services"], True),
        (["metadata"], False),
        (["Database"], False),
    ],
)
def test_a_name_is_refused_by_its_words(words, refuses):
    assert is_refused(words) == refuses
