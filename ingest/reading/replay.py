"""The ``replay`` engine: recorded readings by the digest of the image; for tests and demos."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ingest.reading.engine import EngineError, RawGlyph, RawLine, RawReading

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    import numpy as np
    from numpy.typing import NDArray

    from ingest.reading.engine import OcrEngine
    from repository.text import Direction


def image_digest(image: NDArray[np.uint8]) -> str:
    """Return the sha256 of a prepared image, its shape included, in hex."""
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


class Replay:
    """Gives what was recorded for this very image; raises EngineError for any other."""

    name = "replay"
    version = "1"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._readings: dict[str, Any] | None = None

    def recognise(
        self,
        image: NDArray[np.uint8],
        direction: Direction | Literal["unknown"],  # noqa: ARG002  # it was recorded
        language: str,  # noqa: ARG002
    ) -> RawReading:
        """See ``OcrEngine``."""
        digest = image_digest(image)
        try:
            if self._readings is None:
                self._readings = json.loads(self._file.read_text("utf-8"))
            recorded = self._readings[digest]
            return RawReading(
                tuple(_line(line) for line in recorded["lines"]),
                str(recorded["engine"]),
                str(recorded["parameters"]),
            )
        except KeyError as error:
            raise EngineError(f"no reading is recorded for the image {digest[:12]}") from error
        except (OSError, ValueError, TypeError) as error:
            raise EngineError(f"the recorded readings cannot be used: {error}") from error


def _line(recorded: dict[str, Any]) -> RawLine:
    glyphs = tuple(
        RawGlyph(**{**g, "choices": tuple((c, s) for c, s in g["choices"])})
        for g in recorded["glyphs"]
    )
    return RawLine(glyphs, recorded["direction"])


class Recorder:
    """Reads with another engine and adds what it gave to a file that ``Replay`` reads."""

    def __init__(self, engine: OcrEngine, file: Path) -> None:
        self.name = engine.name
        self.version = engine.version
        self._engine = engine
        self._file = file

    def recognise(
        self,
        image: NDArray[np.uint8],
        direction: Direction | Literal["unknown"],
        language: str,
    ) -> RawReading:
        """See ``OcrEngine``."""
        reading = self._engine.recognise(image, direction, language)
        known = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        known[image_digest(image)] = asdict(reading)
        self._file.write_text(json.dumps(known, ensure_ascii=False, sort_keys=True), "utf-8")
        return reading
