"""The cheapest place of a phrase in a text: edit distance with weights, both ends of it free."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NEVER = float("inf")


def cheapest(phrase: str, text: str, cost: Callable[[str, str], float]) -> tuple[float, int, int]:
    """Return (cost, start, end) of the place in ``text`` that is most like ``phrase``.

    ``cost(a, b)`` is that of reading ``b`` for ``a``; an empty ``b`` is a lost character, an empty
    ``a`` one too many. Of equal places the first, and the shortest.
    """
    costs = [0.0] * (len(text) + 1)
    starts = list(range(len(text) + 1))
    extra = [cost("", character) for character in text]
    for wanted in phrase:
        lost = cost(wanted, "")
        above, above_start = costs[0], starts[0]
        costs[0] += lost
        for place, character in enumerate(text, 1):
            swapped = above if wanted == character else above + cost(wanted, character)
            above, here_start = costs[place], starts[place]
            best, start = swapped, above_start
            if above + lost < best:
                best, start = above + lost, here_start
            if costs[place - 1] + extra[place - 1] < best:
                best, start = costs[place - 1] + extra[place - 1], starts[place - 1]
            costs[place], starts[place] = best, start
            above_start = here_start
    end = min(range(len(costs)), key=costs.__getitem__)
    return costs[end], starts[end], end
