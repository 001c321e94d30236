"""The official IIIF image validator against a running site: every check of both versions.

Three of its checks cannot run on Python 3 whatever a server answers (``urllib.urlopen``); they are
asked here by subclasses that look for the same: status 200 and the format's signature.
"""

import importlib
import io
from pathlib import Path

import gallery
import image_site
import pytest
from lacking import lack
from PIL import Image

PAGE = "67352ccc-d1b0-11e1-89ae-279075081939"
REFERENCE = Path(__file__).parents[1] / f"fixtures/{PAGE}.png"
SIGNATURES = {
    "format_jp2": ("jp2", lambda body: body[:12] == b"\0\0\0\x0cjP  \r\n\x87\n"),
    "format_pdf": ("pdf", lambda body: body[:5] == b"%PDF-"),
    "format_webp": ("webp", lambda body: body[8:12] == b"WEBP"),
}
CHECKS = {"2.0": 42, "3.0": 45}


@pytest.fixture(scope="module")
def validator():
    try:
        return importlib.import_module("iiif_validator.validator")
    except ImportError as error:
        lack(f"{error}: pip install iiif-validator, and Debian's libmagic1")


@pytest.fixture(scope="module")
def server(tmp_path_factory, validator):
    home = tmp_path_factory.mktemp("validator")
    gallery.Gallery(home).add(PAGE, REFERENCE)
    with image_site.served(home, TAKAO_IMAGE_UPSCALE="1") as (address, _):
        yield address


def run(validator, server, version, name):
    suite = validator.TestSuite(validator.ValidationInfo())
    api = validator.ImageAPI(
        PAGE, server, f"iiif/image/{version[0]}", "http", "", version, debug=False
    )
    if name in SIGNATURES:
        kind, has_signature = SIGNATURES[name]

        class Asked(suite.all_tests[name]):
            def run(self, result):
                body = result.fetch(result.make_url({"format": kind}))
                self.validationInfo.check("status", result.last_status, 200, result)
                self.validationInfo.check("format", has_signature(body), True, result)
                return result

        suite.all_tests[name] = Asked
    suite.run_test(name, api)
    return api.exception


@pytest.mark.parametrize("version", CHECKS)
def test_all_checks_pass(validator, server, version):
    suite = validator.TestSuite(validator.ValidationInfo())
    names = suite.list_tests(version)
    failed = {}
    for name in names:
        found = run(validator, server, version, name)
        if found is not None:
            failed[name] = (found.type, found.got, found.expected)
    assert not failed
    assert len(names) == CHECKS[version]


def test_the_reference_image_survives(validator, server):
    api = validator.ImageAPI(PAGE, server, "iiif/image/3", "http", "", "3.0", debug=False)
    image = Image.open(io.BytesIO(api.fetch(api.make_url({"size": "max"}))))
    assert image.size == (1000, 1000)
