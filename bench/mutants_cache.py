"""``functools.cache`` for bench.mutants: what is kept is kept for one mutant only.

Mutants are forked from a process that has run the tests already. What it had computed by then would
stand for what the mutant computes; and only the first test would count as one that reaches it.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

from mutmut.mutation.trampoline import get_mutant_under_test

if TYPE_CHECKING:
    from collections.abc import Callable


def cache(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep what a function returned, while the mutant is the same: or the test, when all run."""
    held: dict[object, object] = {}
    of: list[object] = [None]

    @functools.wraps(function)
    def kept(*args: object) -> object:
        mutant = get_mutant_under_test()
        test = os.environ.get("PYTEST_CURRENT_TEST")  # noqa: TID251  # pytest says it so
        now = (mutant, test if mutant == "stats" else None)
        if now != of[0]:
            held.clear()
            of[0] = now
        if args not in held:
            held[args] = function(*args)
        return held[args]

    return kept
