"""Text to tokens, the same for every engine (docs/search.md).

Three views of a text, each with as many code points as the text: as *written* (case and width
apart), *folded* (variant characters and diacritics apart too), and as it stands. Offsets in one are
offsets in all, and so indexes into the table of boxes.

A *chain* is a run of Han or kana characters and words that touch; white space beside a Han
character does not part it. It gives overlapping bigrams, junctions of a word with the character
beside it, each word alone, and, in an index, its last character alone, so that no phrase matches
across what parts two chains.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ANALYZER_ID = "takao-1"
_HAN = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
HAN = re.compile(f"[{_HAN}]")
_UNIT = re.compile(
    rf"[{_HAN}]|[^\W_{_HAN}][^\W_{_HAN}\u0300-\u036f\u20dd-\u20e0]*(?:[\u0300-\u036f]"
    rf"[^\W_{_HAN}]*)*|\s+|.",
    re.DOTALL,
)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u200b-\u200d\u2060\ufeff]")
_LONGEST_WORD = 64
_HEAD, _HASH = 47, 16
BREAK = "."
SEAM = "|"
SEAM_REACH = 16


@cache
def _folds() -> dict[int, int]:
    """Return each character's representative, from ``folds.txt``."""
    table: dict[int, int] = {}
    for line in resources.files("search").joinpath("folds.txt").read_text("utf-8").splitlines():
        for character in line:
            table[ord(character)] = ord(line[0])
    return table


def clean(text: str) -> str:
    """Return text in NFC without variation selectors and zero-width characters: for queries."""
    return _SELECTORS.sub("", unicodedata.normalize("NFC", text))


def written(text: str) -> str:
    """Return ``text`` without case and width, code point by code point."""
    return "".join(map(_written, text))


@cache
def _written(character: str) -> str:
    narrow = unicodedata.normalize("NFKC", character)
    if len(narrow) == 1 and not HAN.match(character):
        character = narrow
    low = character.lower()
    return low if len(low) == 1 else character


def fold(text: str) -> str:
    """Return ``text`` as it is searched: variants, case, width and diacritics apart."""
    return "".join(map(_fold, text))


@cache
def _fold(character: str) -> str:
    plain = _written(character)
    narrow = unicodedata.normalize("NFKC", plain)
    if len(narrow) == 1:
        plain = narrow
    base = unicodedata.normalize("NFD", plain)
    if len(base) > 1 and not HAN.match(plain):
        plain = base[0]
    return chr(_folds().get(ord(plain), ord(plain)))


def _strip_marks(word: str) -> str:
    return "".join(c for c in word if not unicodedata.combining(c))


def units(text: str, *, marks: bool) -> Iterator[list[str]]:
    """Yield the chains of a text: Han characters and words in order.

    Punctuation ends a chain, as white space between two words does. With ``marks`` combining marks
    stay in their words.
    """
    chain: list[str] = []
    pending_space = False
    for match in _UNIT.finditer(text):
        unit = match[0]
        if unit.isspace():
            pending_space = True
            continue
        is_han = HAN.match(unit) is not None
        if not is_han and not unit[0].isalnum():
            if unit[0].isprintable() or unicodedata.category(unit[0])[0] != "C":
                yield chain
                chain, pending_space = [], False
                yield []
            continue
        if pending_space and chain and not is_han and not HAN.match(chain[-1]):
            yield chain
            chain = []
        chain.append(unit if is_han or marks else _strip_marks(unit))
        pending_space = False
    yield chain


def index_tokens(text: str, *, marks: bool) -> list[str]:
    """Return the tokens of an already folded or written text, for an index."""
    tokens: list[str] = []
    for chain in units(text, marks=marks):
        if not chain:
            if tokens and tokens[-1] != BREAK:
                tokens.append(BREAK)
            continue
        tokens += _chain_tokens(chain)
        if HAN.match(chain[-1]):
            tokens.append(chain[-1])
    return tokens


def phrase(text: str, *, marks: bool) -> list[str]:
    """Return the tokens that an already folded or written query text asks for, as one phrase.

    Like ``index_tokens``, but nothing is said of what stands before and after. A single Han
    character is itself; empty when there is nothing to search.
    """
    tokens: list[str] = []
    gap: list[str] = []
    for chain in units(text, marks=marks):
        if chain:
            tokens += [*gap, *(_chain_tokens(chain) or [chain[0]])]
            gap = [chain[-1]] if HAN.match(chain[-1]) and len(chain) > 1 else []
        elif tokens and BREAK not in gap:
            gap.append(BREAK)
    return tokens


def _chain_tokens(chain: list[str]) -> list[str]:
    tokens = [_word(chain[0])] if not HAN.match(chain[0]) else []
    for left, right in pairwise(chain):
        tokens.append(_word(left + right) if len(left + right) > 2 else left + right)
        if not HAN.match(right):
            tokens.append(_word(right))
    return tokens


def _word(word: str) -> str:
    """Return a word as a token; a very long one is equal only to itself."""
    if len(word) <= _LONGEST_WORD:
        return word
    digest = hashlib.sha256(word.encode()).hexdigest()[:_HASH]
    return f"{word[:_HEAD]}~{digest}"


def characters(text: str) -> list[str]:
    """Return the distinct Han characters of a text."""
    return sorted(set(HAN.findall(text)))


def seam_tokens(before: str, after: str) -> list[str]:
    """Return the tokens around a page break: the crossing bigram is written with a bar.

    Both texts are folded; empty when a Han character is missing on either side.
    """
    left, right = _tail(before), _tail(after[::-1])[::-1]
    if not left or not right:
        return []
    tokens = [a + b for a, b in pairwise(left)]
    tokens.append(f"{left[-1]}{SEAM}{right[0]}")
    return tokens + [a + b for a, b in pairwise(right)]


def _tail(text: str) -> str:
    """Return the last Han characters of a text that nothing but white space parts."""
    found: list[str] = []
    for character in reversed(text):
        if character.isspace():
            continue
        if not HAN.match(character) or len(found) == SEAM_REACH:
            break
        found.append(character)
    return "".join(reversed(found))


def seam_phrases(text: str) -> list[list[str]]:
    """Return every split of a folded Han phrase of 2 to 16 characters over a page break."""
    plain = "".join(text.split())
    if not 2 <= len(plain) <= SEAM_REACH or len(HAN.findall(plain)) != len(plain):
        return []
    pairs = [a + b for a, b in pairwise(plain)]
    return [
        [*pairs[:i], f"{plain[i]}{SEAM}{plain[i + 1]}", *pairs[i + 1 :]] for i in range(len(pairs))
    ]
