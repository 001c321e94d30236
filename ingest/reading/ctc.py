"""From the recognition model's chances to characters: connectionist temporal classification.

The best path, plus the cells it passes over: a character that the model nearly saw (ink stands
there, and no other character claims it) is kept rather than lost.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_CHOICES = 5
_BLANK = 0
_HALF = 0.5
# In frames: as far as this a character's chances spread.
_NEAR = 2
# In a cell with ink that nothing claims, the least chance of a character to be believed.
_NEARLY = 0.008
_PUNCTUATION = "，、。；：？！「」『』（）〈〉《》…"
# Of punctuation; its ink is there, so the question is only which it is.
_FAINT = 1e-5
_INFERRED = 0.7
_MOST_CELLS = 4
# One ring, two signs: the number zero and the circle. The model divides its chances between them.
_RINGS = "〇○"
# In pitches: as far as this a neighbour's own character reaches over into a cell.
_REACH = 0.75


@dataclass(frozen=True, slots=True)
class Read:
    """A character, its place in frames, its score, and the choices at its peak, best first."""

    text: str
    at: float
    score: float
    choices: tuple[tuple[str, float], ...]


def best_path(chances: NDArray[np.float32], characters: Sequence[str]) -> list[Read]:
    """Return the characters of the best path; ``chances`` is frames × characters, 0 is blank."""
    best = _best(chances)
    edges = np.flatnonzero(np.diff(best)) + 1
    read = []
    for start, end in zip(np.r_[0, edges], np.r_[edges, len(best)], strict=True):
        index = int(best[start])
        if index != _BLANK:
            peak = int(start) + int(chances[start:end, index].argmax())
            read.append(_read(chances[peak], index, (start + end) / 2, characters))
    return read


def _best(chances: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return each frame's most probable character, or blank where that has half of the chances.

    A character in a form that the model does not know divides the rest among similar forms
    (ò, ð, ồ).
    """
    best: NDArray[np.intp] = chances.argmax(axis=1)
    for frame in np.flatnonzero((best == _BLANK) & (chances[:, _BLANK] < _HALF)):
        letter = _BLANK + 1 + int(chances[frame, _BLANK + 1 :].argmax())
        if letter not in best[max(0, frame - _NEAR) : frame + _NEAR + 1]:
            best[frame] = letter
    return best


def with_one_ring(chances: NDArray[np.float32], characters: Sequence[str]) -> NDArray[np.float32]:
    """Return ``chances`` with those of the ring-shaped signs given to the more probable one."""
    rings = [characters.index(c) for c in _RINGS if c in characters]
    if len(rings) < 2:
        return chances
    joined = chances.copy()
    joined[:, rings] = 0.0
    stronger = np.asarray(rings)[chances[:, rings].argmax(axis=1)]
    joined[np.arange(len(chances)), stronger] = chances[:, rings].sum(axis=1)
    return joined


def _read(frame: NDArray[np.float32], index: int, at: float, characters: Sequence[str]) -> Read:
    top = np.argpartition(frame, -_CHOICES)[-_CHOICES:]
    top = top[np.argsort(frame[top])[::-1]]
    choices = tuple((characters[i], float(frame[i])) for i in top if i != _BLANK)
    return Read(characters[index], float(at), float(frame[index]), choices)


def with_passed_over(
    read: Sequence[Read],
    chances: NDArray[np.float32],
    characters: Sequence[str],
    has_ink: Callable[[float, float], bool],
) -> list[Read]:
    """Return ``read`` with the characters put in that the best path passed over.

    ``has_ink(start, end)`` tells whether ink of a character stands between two places (frames).
    Down a column the model passes over most punctuation, though it knows which it is.
    """
    full = [r for r in read if unicodedata.east_asian_width(r.text[0]) in "WF"]
    if len(full) < 4:
        return list(read)
    pitch = median(b.at - a.at for a, b in pairwise(full))
    if pitch < 2:
        return list(read)
    found: list[Read] = []
    ends: list[Read | None] = [None, *read, None]
    for before, after in pairwise(ends):
        if before is not None:
            found.append(before)
        for at in _cells(before, after, pitch, len(chances)):
            if has_ink(at - pitch / 2, at + pitch / 2):
                beside = [r for r in (before, after) if r is not None]
                found += _nearly(chances, characters, (at, pitch), beside)
    return found


def _cells(before: Read | None, after: Read | None, pitch: float, frames: int) -> list[float]:
    """Return the middles of the cells that nothing claims between two characters or at an end."""
    if before is None:
        return [after.at - pitch] if after and after.at > 0.9 * pitch else []
    if after is None:
        return [before.at + pitch] if before.at < frames - 0.9 * pitch else []
    count = round((after.at - before.at) / pitch) - 1
    if not 0 < count < _MOST_CELLS:
        return []
    return [before.at + (after.at - before.at) * n / (count + 1) for n in range(1, count + 1)]


def _nearly(
    chances: NDArray[np.float32],
    characters: Sequence[str],
    cell: tuple[float, float],
    beside: Sequence[Read],
) -> list[Read]:
    """Return a cell's most probable letter if it is probable enough, or its punctuation.

    ``cell`` is its middle and pitch, in frames. What reaches over from a neighbour (``beside``) is
    no letter of this cell; the same letter again, in a place of its own, is (二〇〇〇).
    """
    at, pitch = cell
    first, last = max(0, round(at - pitch / 2)), min(len(chances), round(at + pitch / 2) + 1)
    here = chances[first:last].copy()
    if not here.size:
        return []
    here[:, [_BLANK, here.shape[1] - 1]] = 0.0  # the last character is the space
    middles = np.arange(first, last) + 0.5
    for neighbour in beside:
        reached = np.abs(middles - neighbour.at) <= _REACH * pitch
        seen = {neighbour.text, *(text for text, _ in neighbour.choices)}
        here[np.ix_(reached, [characters.index(text) for text in seen])] = 0.0
    frame, index = (int(i) for i in np.unravel_index(int(here.argmax()), here.shape))
    letter = characters[index].isalnum() or characters[index] in _RINGS
    if letter and here[frame, index] >= _NEARLY:
        return [_read(here[frame], index, first + frame + 0.5, characters)]
    marks = [characters.index(c) for c in _PUNCTUATION]
    peaks = here[:, marks].max(axis=0)
    best = int(peaks.argmax())
    if peaks[best] < _FAINT:
        return []
    score = float(peaks[best] / peaks.sum()) * _INFERRED
    return [Read(_PUNCTUATION[best], at, score, ())]
