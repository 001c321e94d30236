"""What cannot be decoded, and why."""


class DecodeError(Exception):
    """A page image cannot be decoded. ``code`` and ``values`` make its Problem."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Keep ``code`` and ``values`` over a process border."""
        return _again, (type(self), self.code, self.values)


class DecodeTimeoutError(DecodeError):
    """Decoding took longer than it may."""


class DecodeCancelledError(DecodeError):
    """Nobody waits for what was being decoded any more."""


def _again(kind: type[DecodeError], code: str, values: dict[str, object]) -> DecodeError:
    return kind(code, **values)
