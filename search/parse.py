"""The query language (interfaces §5): words, "phrases", -x, OR, field prefixes.

A query that cannot be parsed is searched as plain words, and a Problem says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from metadata.problem import Problem, problem
from search.analysis import clean, fold, phrase
from search.query import And, Atom, Field, Node, Or

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 64
MOST_ATOMS = 32
_FIELDS = {
    "title": "title", "題名": "title", "creator": "creator", "責任者": "creator",
    "place": "place", "地點": "place", "subject": "subject", "主題": "subject",
    "id": "id", "識別號": "id",
}  # fmt: skip
_QUOTES = '"“”「」『』＂'
_TOKEN = re.compile(
    rf"(?P<minus>[-－−])?(?:(?P<field>{'|'.join(_FIELDS)})[:：])?"
    rf'(?:["“”＂](?P<quoted>[^"“”＂]*)["“”＂]|(?P<word>[^\s"“”＂]+))'
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """``node`` is None when there is nothing to search for."""

    node: Node | None
    notes: tuple[Problem, ...] = ()


def parse(q: str) -> Parsed:
    """Return the query behind a reader's text; never raises."""
    text = clean(q).strip()
    notes: list[Problem] = []
    if _unbalanced(text):
        notes.append(problem("query-as-words", q))
        text = re.sub(r'["“”＂]', " ", text)
    tokens = list(_tokens(text))
    if len(tokens) > MOST_ATOMS:
        tokens = tokens[:MOST_ATOMS]
        notes.append(problem("query-too-long", q, atoms=MOST_ATOMS, characters=MOST_CHARACTERS))
    if any(len(token.atom.text) > MOST_CHARACTERS for token in tokens if token.atom):
        notes.append(problem("query-too-long", q, atoms=MOST_ATOMS, characters=MOST_CHARACTERS))
    return Parsed(_node(tokens), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Token:
    atom: Atom | None
    minus: bool = False


def _unbalanced(text: str) -> bool:
    return sum(text.count(c) for c in '"＂') % 2 == 1 or text.count("“") != text.count("”")


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        word, quoted = match["word"], match["quoted"]
        if word == "OR" and not match["minus"] and not match["field"]:
            yield _Token(None)
            continue
        content = (quoted if quoted is not None else word)[:MOST_CHARACTERS]
        if not phrase(fold(content), marks=False):
            continue
        field = cast("Field | None", _FIELDS.get(match["field"] or ""))
        atom = Atom(content, exact=quoted is not None, field=field)
        yield _Token(atom, minus=match["minus"] is not None)


def _node(tokens: list[_Token]) -> Node | None:
    """Join atoms by AND; OR stands between its two neighbours; a minus takes pages away."""
    groups: list[list[Atom]] = []
    without: list[Node] = []
    joining = False
    for token in tokens:
        if token.atom is None:
            joining = bool(groups)
        elif token.minus:
            without.append(token.atom)
        else:
            if joining:
                groups[-1].append(token.atom)
            else:
                groups.append([token.atom])
            joining = False
    parts: list[Node] = [g[0] if len(g) == 1 else Or(tuple(g)) for g in groups]
    if not parts:
        return None
    return And(tuple(parts), tuple(without)) if len(parts) > 1 or without else parts[0]
