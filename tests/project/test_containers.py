"""The compose file starts what the settings can use, pinned, checked and on loopback only."""

import re
from pathlib import Path

import pytest
import yaml

from repository.settings import read_settings
from search.open import open_backend

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]


def environment(service):
    password = re.compile(r"\$\{POSTGRES_PASSWORD:\?[^}]*\}")
    given = SERVICES[service]["environment"]
    return {name: password.sub("secret", str(value)) for name, value in given.items()}


def test_the_code_accepts_the_settings(tmp_path):
    settings = read_settings({**environment("takao"), "TAKAO_HOME": str(tmp_path)})
    open_backend(settings)  # connects to nothing, but refuses what it does not know
    assert settings.catalogue == "postgresql://takao:secret@postgres/takao"
    assert settings.search == "http://elasticsearch:9200"
    assert settings.public_url == "http://127.0.0.1:8000"


def test_the_catalogue_is_the_database_that_is_made():
    settings = environment("takao")
    made = environment("postgres")
    account = f"{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}@postgres/{made['POSTGRES_DB']}"
    assert settings["TAKAO_CATALOGUE"] == f"postgresql://{account}"


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_pinned_checked_and_closed_to_the_network(name):
    service = SERVICES[name]
    assert re.fullmatch(r"[a-z-]+:\d+\.\d+[\w.-]*", service["image"])
    assert service["healthcheck"]["test"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    volumes = [volume.partition(":")[0] for volume in service["volumes"]]
    assert set(volumes) <= set(COMPOSE["volumes"])


def test_takao_waits_for_healthy_servers():
    needs = SERVICES["takao"]["depends_on"]
    assert set(needs) == set(SERVICES) - {"takao"}
    for need in needs.values():
        assert need["condition"] == "service_healthy"


def test_the_image_uses_the_set_up_of_a_machine():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^FROM python:3\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert "setup/system-packages.sh run" in text
    assert "setup/environment.sh run" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
