"""``/api/docs``: the addresses for machines, drawn from the OpenAPI document, without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the annotation
from starlette.responses import Response  # noqa: TC002  # likewise

if TYPE_CHECKING:
    from fastapi import FastAPI

    from viewer.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with its parameters."""

    method: str
    path: str
    summary: str
    parameters: list[str]


def router(site: FastAPI, renderer: Renderer) -> APIRouter:
    """Return ``/api/docs``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/api/docs")
    def docs(request: Request) -> Response:
        return renderer.page(request, "pages/api_docs.html", {"operations": operations(site)})

    return routes


def operations(site: FastAPI) -> list[Operation]:
    """Return every documented operation, by path."""
    return [
        Operation(
            method=method.upper(),
            path=path,
            summary=operation.get("summary", ""),
            parameters=[parameter["name"] for parameter in operation.get("parameters", ())],
        )
        for path, methods in sorted(site.openapi()["paths"].items())
        for method, operation in methods.items()
    ]
