"""Is it alive, is it ready, how much is there: for load balancers and Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from repository.errors import TakaoError
from search.results import SearchRequest

if TYPE_CHECKING:
    from viewer.site import App

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def router(app: App) -> APIRouter:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""
    routes = APIRouter()

    @routes.get("/healthz", summary="The process answers")
    def alive() -> Response:
        return PlainTextResponse("ok\n")

    @routes.get("/readyz", summary="Catalogue and search answer")
    def ready() -> Response:
        parts = {"catalogue": _catalogue_answers(app), "search": _search_answers(app)}
        status = 200 if all(parts.values()) else 503
        return JSONResponse({"ready": status == 200, "parts": parts}, status)

    @routes.get("/metrics", summary="Counts for Prometheus")
    def metrics() -> Response:
        return PlainTextResponse(_metrics(app), media_type=_EXPOSITION)

    return routes


def _catalogue_answers(app: App) -> bool:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        app.works.count()
    except (TakaoError, SQLAlchemyError, OSError):
        return False
    return True


def _search_answers(app: App) -> bool:
    try:
        app.searcher.search(SearchRequest(q="\u9ad8"))
    except (TakaoError, OSError):
        return False
    return True


def _metrics(app: App) -> str:
    lines = []
    for name, count in sorted(app.works.count().items()):
        lines += [f"# TYPE takao_{name} gauge", f"takao_{name} {count}"]
    last = app.outbox.last_sequence()
    lines.append("# TYPE takao_outbox_lag gauge")
    for index, position in sorted(app.outbox.cursors().items()):
        lines.append(f'takao_outbox_lag{{index="{_label(index)}"}} {last - position}')
    states: Counter[tuple[str, str]] = Counter()
    for step in app.steps.step_counts():
        states[step.name, step.state] += step.count
    lines.append("# TYPE takao_steps gauge")
    for (name, state), count in sorted(states.items()):
        lines.append(f'takao_steps{{step="{name}",state="{state}"}} {count}')
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
