"""Works as partners are given them: the context that the crosswalks need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.crosswalks.context import Happening, PageContext, WorkContext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.model import Event, Page, Work
    from viewer.site import App

_THUMBNAIL = 400


def context_of(
    app: App,
    work: Work,
    pages: Sequence[Page] = (),
    first: Page | None = None,
    events: Sequence[Event] = (),
) -> WorkContext:
    """Return a Work's context; ``first`` (its first page) suffices for the thumbnail."""
    url = f"{app.public_url}/works/{work.id}"
    first = pages[0] if pages else first
    manifest = f"{app.public_url}/iiif/works/{work.id}/manifest.json"
    return WorkContext(
        id=work.id,
        url=url,
        changed=work.changed,
        institution=app.settings.repository_name,
        manifest_url=manifest if work.page_count else None,
        thumbnail_url=_thumbnail(app, first) if first else None,
        pages=tuple(page_context(app, url, page) for page in pages),
        events=tuple(Happening(e.type, e.at, e.agent, e.outcome, e.detail) for e in events),
    )


def page_context(app: App, url: str, page: Page) -> PageContext:
    """Return a page with the addresses of its files; ``url`` is its Work's."""
    return PageContext(
        n=page.n,
        id=page.id,
        label=page.label,
        width=page.width,
        height=page.height,
        image=f"{app.public_url}/iiif/image/3/{page.id}/full/max/0/default.jpg",
        media_type=page.media_type,
        digest=page.digest,
        file=page.file,
        alto=f"{url}/alto/{page.n}.xml" if page.has_text else None,
        text=f"{url}/pages/{page.n}/text.txt" if page.has_text else None,
    )


def _thumbnail(app: App, page: Page) -> str:
    scale = min(1.0, _THUMBNAIL / max(page.width, page.height))
    width, height = max(1, round(page.width * scale)), max(1, round(page.height * scale))
    service = f"{app.public_url}/iiif/image/3/{page.id}"
    return f"{service}/full/{width},{height}/0/default.jpg"
