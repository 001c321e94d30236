"""Named failures of ingest that end one page, not the batch."""


class MasterChangedError(Exception):
    """The store does not hold the master that a page was made of: not any more, or not at all."""


class ManifestError(Exception):
    """A manifest that we built is not valid: our fault, never the submission's."""
