"""The cheapest place of a phrase in a text: edit distance with weights, both ends of it free."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEVER = float("inf")
T = TypeVar("T")


def cheapest(
    phrase: Sequence[T], text: Sequence[T], cost: Callable[[T | None, T | None], float]
) -> tuple[float, int, int]:
    """Return (cost, start, end) of the place in ``text`` that is most like ``phrase``.

    ``cost(a, b)`` is that of reading ``b`` for ``a``, 0 if they are the same; without ``b`` a
    character is lost, without ``a`` there is one too many. Of equal places the one that
    ends last.
    """
    costs = [0.0] * (len(text) + 1)
    starts = list(range(len(text) + 1))
    extra = [cost(None, character) for character in text]
    for wanted in phrase:
        lost = cost(wanted, None)
        above, above_start = costs[0], starts[0]
        costs[0] += lost
        for place, character in enumerate(text, 1):
            swapped = above + cost(wanted, character)
            above, here_start = costs[place], starts[place]
            best, start = swapped, above_start
            if above + lost < best:
                best, start = above + lost, here_start
            if costs[place - 1] + extra[place - 1] < best:
                best, start = costs[place - 1] + extra[place - 1], starts[place - 1]
            costs[place], starts[place] = best, start
            above_start = here_start
    end = min(range(len(costs)), key=lambda place: (costs[place], -place))
    return costs[end], starts[end], end
