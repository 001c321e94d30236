"""``ParsedQuery`` → clauses by tier. The same clauses go to every engine.

Each tier holds wherever the one before it does: what a reader does not want is the same in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.script import is_han_or_kana
from search import analysis
from search.backend import All, AnyOf, Clause, Leaf, Without
from search.document import scoped, year_token
from search.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from search.expand import Forms
    from search.query import ParsedQuery, Word
    from search.results import Tier

_TIERS: tuple[Tier, ...] = ("exact", "folded", "expanded")
_LONGEST_SEAM = 16
_STREAMS = {
    False: (Stream.FOLDED, Stream.CHARACTERS, Stream.SEAM),
    True: (Stream.WRITTEN, Stream.WRITTEN_CHARACTERS, Stream.WRITTEN_SEAM),
}


def tier_clauses(
    query: ParsedQuery, forms: Mapping[Word, Forms]
) -> tuple[tuple[Tier, Clause], ...]:
    """Return the clause of each tier that differs from the one before it."""
    unwanted = unwanted_clause(query)
    tiers: list[tuple[Tier, Clause]] = []
    for tier in _TIERS:
        clause = without(_wanted(query, tier, forms), unwanted)
        if not tiers or clause != tiers[-1][1]:
            tiers.append((tier, clause))
    return tuple(tiers)


def within_clause(query: ParsedQuery, forms: Mapping[Word, Forms]) -> Clause:
    """Return what holds for a page that matches and has some word in its text."""
    wanted = all_of([_wanted(query, "expanded", forms), text_clause(query, forms)])
    return without(wanted, unwanted_clause(query))


def unwanted_clause(query: ParsedQuery) -> Clause:
    """Return what holds for a page that is not wanted: the same in every tier."""
    return any_of([word_clause(w, w.text, written=w.quoted) for w in query.none])


def _wanted(query: ParsedQuery, tier: Tier, forms: Mapping[Word, Forms]) -> Clause:
    return all_of([any_of([_in_tier(w, tier, forms) for w in either]) for either in query.all])


def text_clause(query: ParsedQuery, forms: Mapping[Word, Forms]) -> Clause:
    """Return what holds for a page on which some word stands in the text."""
    words = [_in_tier(w, "expanded", forms) for w in query.words if w.scope == "anywhere"]
    return any_of([text_only(clause) for clause in words])


def title_clause(query: ParsedQuery) -> Clause:
    """Return what holds for a Work whose title has every word."""
    groups = [
        any_of([_description(w.text, "title", written=w.quoted) for w in either])
        for either in query.all
    ]
    return all_of(groups) if groups else AnyOf(())


def _in_tier(word: Word, tier: Tier, forms: Mapping[Word, Forms]) -> Clause:
    clause = word_clause(word, word.text, written=word.quoted or tier == "exact")
    if tier != "expanded" or word not in forms:
        return clause
    found = forms[word]
    others = [word_clause(word, text, written=False, numbers=False) for text in found.texts]
    years = [Leaf(Stream.DESCRIPTION, (year_token(year),)) for year in found.years]
    return any_of([clause, *others, *years])


def word_clause(word: Word, text: str, *, written: bool, numbers: bool = True) -> Clause:
    """Return where one form of a word stands: text, page break or description.

    Only ``numbers`` stand in identifiers: TAKAO-S-04 says nothing of Takao.
    """
    description = _description(text, word.scope, written=written)
    if word.scope != "anywhere":
        return description
    identifiers = _description(text, "id", written=written) if numbers else AnyOf(())
    return any_of([_in_text(text, written=written), description, identifiers])


def _in_text(text: str, *, written: bool) -> Clause:
    form = analysis.written(text) if written else analysis.fold(text)
    units = analysis.units(form)
    found = analysis.phrase(form, keep_marks=written)
    phrase, character, seam = _STREAMS[written]
    if len(units) == 1 and not analysis.is_word(units[0]):
        return Leaf(character, (units[0],))
    leaves = [Leaf(phrase, tuple(found))] if found else []
    if len(units) in range(2, _LONGEST_SEAM + 1) and is_han_or_kana("".join(units)):
        splits = range(len(found))
        leaves += [Leaf(seam, tuple(analysis.barred(found, place))) for place in splits]
    return any_of(leaves)


def _description(text: str, scope: str, *, written: bool) -> Clause:
    form = analysis.written(text) if written else analysis.fold(text)
    units = analysis.units(form)
    phrase, character, _ = _STREAMS[written]
    if len(units) == 1 and not analysis.is_word(units[0]):
        return Leaf(Stream.DESCRIPTION, (scoped(scope, character, units[0]),))
    found = analysis.phrase(form, keep_marks=written)
    if not found:
        return AnyOf(())
    return Leaf(Stream.DESCRIPTION, tuple(scoped(scope, phrase, t) for t in found))


def any_of(clauses: Sequence[Clause]) -> Clause:
    """Return the disjunction in its shortest form."""
    flat: list[Clause] = []
    for clause in clauses:
        if isinstance(clause, All) and not clause.of:
            return clause
        flat.extend(clause.of if isinstance(clause, AnyOf) else (clause,))
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else AnyOf(unique)


def all_of(clauses: Sequence[Clause]) -> Clause:
    """Return the conjunction in its shortest form."""
    flat: list[Clause] = []
    for clause in clauses:
        if isinstance(clause, AnyOf) and not clause.of:
            return clause
        flat.extend(clause.of if isinstance(clause, All) else (clause,))
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else All(unique)


def without(keep: Clause, drop: Clause) -> Clause:
    """Return ``keep`` without ``drop`` in its shortest form."""
    if drop == AnyOf(()) or keep == AnyOf(()):
        return keep
    return AnyOf(()) if drop == All(()) else Without(keep, drop)


def text_only(clause: Clause) -> Clause:
    """Return a clause with its description leaves taken away."""
    match clause:
        case Leaf(stream, _):
            return AnyOf(()) if stream == Stream.DESCRIPTION else clause
        case All(of):
            return all_of([text_only(c) for c in of])
        case AnyOf(of):
            return any_of([text_only(c) for c in of])
        case Without(keep, drop):
            return without(text_only(keep), text_only(drop))


def settle(clause: Clause, truth: Mapping[Leaf, bool], *, text: bool) -> Clause:
    """Return what is left to ask of a page when the description leaves are known.

    Without ``text`` no leaf of the text holds, so the outcome is All(()) or AnyOf(()).
    """
    match clause:
        case Leaf(stream, _):
            if stream != Stream.DESCRIPTION and text:
                return clause
            return All(()) if truth.get(clause, False) else AnyOf(())
        case All(of):
            return all_of([settle(c, truth, text=text) for c in of])
        case AnyOf(of):
            return any_of([settle(c, truth, text=text) for c in of])
        case Without(keep, drop):
            return without(settle(keep, truth, text=text), settle(drop, truth, text=text))


def description_leaves(clause: Clause) -> list[Leaf]:
    """Return the distinct description leaves of a clause."""
    match clause:
        case Leaf(stream, _):
            return [clause] if stream == Stream.DESCRIPTION else []
        case Without(keep, drop):
            return list(dict.fromkeys([*description_leaves(keep), *description_leaves(drop)]))
        case _:
            return list(dict.fromkeys(leaf for c in clause.of for leaf in description_leaves(c)))
