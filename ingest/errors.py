"""Named failures of ingest that end one page, not the batch."""


class DecodeError(Exception):
    """A page image cannot be decoded. ``code`` and ``values`` make its Problem."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Keep ``code`` and ``values`` over a process border."""
        return _again, (self.code, self.values)


def _again(code: str, values: dict[str, object]) -> DecodeError:
    return DecodeError(code, **values)


class MasterChangedError(Exception):
    """The store does not hold the master that a page was made of: not any more, or not at all."""


class ManifestError(Exception):
    """A manifest that we built is not valid: our fault, never the submission's."""
