"""Settings: a frozen value made once from ``TAKAO_*``. Nothing else reads the environment."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from repository.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN = {
    "TAKAO_HOME", "TAKAO_CATALOGUE", "TAKAO_SEARCH", "TAKAO_STORAGE", "TAKAO_EXECUTOR",
    "TAKAO_PUBLIC_URL", "TAKAO_SEARCH_CA", "TAKAO_SEARCH_API_KEY_FILE", "TAKAO_SEARCH_PREFIX",
    "TAKAO_WORKERS", "TAKAO_OCR", "TAKAO_MAX_PIXELS", "TAKAO_IMAGE_UPSCALE",
    "TAKAO_REPOSITORY_NAME", "TAKAO_ADMIN_EMAIL", "TAKAO_OAI_NAMESPACE", "TAKAO_ONSITE_NETWORKS",
}  # fmt: skip
_LET_THROUGH = ("TAKAO_REQUIRE_LIVE", "TAKAO_TEST_", "TAKAO_ES_HOME")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of a running Takao (docs/settings.md says what each does)."""

    home: Path
    catalogue: str
    search: str
    storage: str
    executor: str
    public_url: str | None
    search_ca: Path | None
    search_api_key_file: Path | None
    search_prefix: str
    workers: int
    ocr: str
    max_pixels: int
    image_upscale: bool
    repository_name: str
    admin_email: str
    oai_namespace: str | None
    onsite_networks: tuple[str, ...]

    @property
    def derivatives(self) -> Path:
        """Return the folder of everything that can be made again."""
        return self.home / "derivatives"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in ``environ`` (default: the process's own).

    Raises SettingsError for an unknown ``TAKAO_*`` name or a value that cannot be used.
    """
    given = dict(os.environ if environ is None else environ)  # noqa: TID251  # the one place
    unknown = sorted(
        name
        for name in given
        if name.startswith("TAKAO_") and name not in KNOWN and not name.startswith(_LET_THROUGH)
    )
    if unknown:
        raise SettingsError(f"unknown setting(s): {', '.join(unknown)}")

    def text(name: str, default: str) -> str:
        return given.get(f"TAKAO_{name}", "").strip() or default

    home = Path(text("HOME", "takao-data")).absolute()
    return Settings(
        home=home,
        catalogue=text("CATALOGUE", f"sqlite:///{home}/catalogue.sqlite"),
        search=text("SEARCH", "embedded:"),
        storage=text("STORAGE", f"file:{home}/ocfl"),
        executor=text("EXECUTOR", "processes:"),
        public_url=text("PUBLIC_URL", "").rstrip("/") or None,
        search_ca=_path(text("SEARCH_CA", "")),
        search_api_key_file=_path(text("SEARCH_API_KEY_FILE", "")),
        search_prefix=text("SEARCH_PREFIX", "takao-"),
        workers=_whole("TAKAO_WORKERS", text("WORKERS", str(_cores())), 1),
        ocr=text("OCR", "auto"),
        max_pixels=_whole("TAKAO_MAX_PIXELS", text("MAX_PIXELS", "1500000000"), 1),
        image_upscale=text("IMAGE_UPSCALE", "0") == "1",
        repository_name=text("REPOSITORY_NAME", "高雄市立圖書館數位典藏"),
        admin_email=text("ADMIN_EMAIL", "repository@example.org"),
        oai_namespace=text("OAI_NAMESPACE", "") or None,
        onsite_networks=_networks(text("ONSITE_NETWORKS", "")),
    )


def oai_namespace(settings: Settings, public_url: str) -> str:
    """Return the OAI namespace: set, else the host when it is a domain name (interfaces §7)."""
    if settings.oai_namespace:
        return settings.oai_namespace
    host = urlsplit(public_url).hostname or ""
    is_domain = "." in host and not host.replace(".", "").isdigit()
    return host if is_domain else "takao.localhost"


def _path(text: str) -> Path | None:
    return Path(text).absolute() if text else None


def _networks(text: str) -> tuple[str, ...]:
    networks = tuple(text.replace(",", " ").split())
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise SettingsError(
                f"TAKAO_ONSITE_NETWORKS must be addresses or networks like 192.0.2.0/24,"
                f" not {network!r}"
            ) from None
    return networks


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _whole(name: str, text: str, least: int) -> int:
    try:
        number = int(text.replace("_", ""))
    except ValueError:
        raise SettingsError(f"{name} must be a whole number, not {text!r}") from None
    if number < least:
        raise SettingsError(f"{name} must be at least {least}, not {number}")
    return number
