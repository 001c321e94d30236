"""Named failures; ``takao.py`` maps them to exit codes, ``viewer/errors.py`` to statuses."""


class TakaoError(Exception):
    """Base of every named failure."""


class SettingsError(TakaoError):
    """A setting is unknown or has a value that cannot be used."""


class CatalogueError(TakaoError):
    """The catalogue cannot be opened or is of a newer version."""


class NotFoundError(TakaoError):
    """No Work or page has this id."""


class StaleWorkError(TakaoError):
    """The Work is not the version any more that a change was made from."""


class WithdrawnError(TakaoError):
    """The Work was withdrawn; only its tombstone is left."""


class AccessDeniedError(TakaoError):
    """The reader may not see this; the text says why."""


class SearchUnavailableError(TakaoError):
    """The search engine does not answer."""
