"""What a home answers to the public: which addresses it has, what each says, and what differs.

Addresses are found by asking the site itself, as a harvester would, so that this works with the
program as it stood at any commit. An answer is kept as its status, the headers that say what it
is, and its body: text as text, all else as its sha256.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from lxml import etree, html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import httpx

    Get = Callable[[str, dict[str, str]], httpx.Response]

PUBLIC = "http://takao.example"
OUTSIDE, READING_ROOM = "outside", "reading room"
FORMATS = ("oai_dc", "mods", "marcxml", "mets", "edm")
_FILES = (
    *(f"record.{form}" for form in ("dc", "mods", "marcxml", "mets", "edm", "jsonld")),
    *(f"cite.{form}" for form in ("ris", "bib", "json")),
)
_ASKED_WITHIN = 2  # queries asked of each Work by Content Search
_HEADERS = ("content-type", "last-modified", "link", "location", "www-authenticate")
_TEXT = re.compile(r"text/|json|xml|x-bibtex|research-info")
# All that may differ between two answers from one home: the time of the answer, the signature
# over it, and where the program of the day keeps its styles and scripts.
NORMALISED = (
    (re.compile(r"<responseDate>[^<]*"), "<responseDate>…"),
    (re.compile(r"(<resumptionToken[^>]*>)[^<]+"), r"\1…"),
    (re.compile(r"/static/[0-9a-f]{12}/(?:[\w.-]+/)*"), "/static/…/"),
    (re.compile(r"(metadataPrefix=oai_dc&(?:amp;)*from=)\d{4}-\d\d-\d\d"), r"\1…"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A path with its query, who asks for it, and whether with a browser."""

    path: str
    reader: str = OUTSIDE
    browser: bool = False

    def __str__(self) -> str:
        browser = ", browser" if self.browser else ""
        return f"{self.path} ({self.reader}{browser})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, normalised."""

    status: int
    headers: dict[str, str]
    body: str


def ask(get: Get, asked: Asked) -> Answer:
    """Return the answer to one request."""
    accept = "text/html" if asked.browser else "*/*"
    response = get(asked.path, {"accept": accept, "accept-encoding": "identity"})
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    if not _TEXT.search(headers.get("content-type", "text/")):
        return Answer(response.status_code, headers, hashlib.sha256(response.content).hexdigest())
    return Answer(response.status_code, headers, normalised(response.content.decode("utf-8")))


def normalised(body: str) -> str:
    """Return a text without what may differ between two answers; twice is the same as once."""
    for pattern, replacement in NORMALISED:
        body = pattern.sub(replacement, body)
    return body


def held_by_page(body: str) -> str:
    """Return what a page for people holds, whatever it looks like.

    That is its title, its description for machines, and the page images that it shows.
    """
    page = html.document_fromstring(body)
    title = page.findtext(".//title") or ""
    described = page.xpath(".//script[@type='application/ld+json']/text()")
    images = page.xpath(".//img[contains(@src, '/iiif/image/')]/@src")
    return "\n".join([" ".join(title.split()), *described, *dict.fromkeys(images)])


def whatever_its_looks(asked: Asked, answer: Answer) -> Answer:
    """Return an answer with what a page for people holds in the place of the page."""
    return replace(answer, body=held_by_page(answer.body)) if asked.browser else answer


def differing(before: Mapping[Asked, Answer], after: Mapping[Asked, Answer]) -> list[Asked]:
    """Return the requests that are answered differently, or no longer."""
    return [asked for asked, answer in before.items() if after.get(asked) != answer]


def addresses(get: Get, queries: Sequence[str]) -> list[Asked]:
    """Return every request that a site with these holdings is to be asked, none twice."""
    found = [*_site(get, queries)]
    for work in _works(get):
        found += _work(get, work, queries)
    return list(dict.fromkeys(found))


def _works(get: Get) -> list[str]:
    answer = get("/oai?verb=ListIdentifiers&metadataPrefix=oai_dc", {"accept": "*/*"})
    document = etree.fromstring(answer.content)
    if document.findtext(".//{*}resumptionToken"):
        raise ValueError("more Works than one answer of OAI-PMH lists")
    return [found.text.rpartition(":")[2] for found in document.iter("{*}identifier")]


def _site(get: Get, queries: Sequence[str]) -> Iterator[Asked]:
    for path in ("/", "/about/data", "/search", "/search?type=map"):
        yield Asked(path, browser=True)
    for path in ("/robots.txt", "/sitemap.xml", "/nothing", "/iiif/activity/page/0.json"):
        yield Asked(path)
    yield Asked("/iiif/activity/all.json")
    for path in re.findall(r"<loc>[^<]*?(/sitemaps/[^<]+)", get("/sitemap.xml", {}).text):
        yield Asked(path)
    yield Asked("/iiif/collections/top.json")
    for item in get("/iiif/collections/top.json", {}).json()["items"]:
        yield Asked(urlsplit(item["id"]).path)
    yield from _oai(get)
    for reader in (OUTSIDE, READING_ROOM):
        yield Asked("/api/search", reader)
        for query in queries:
            asked = urlencode({"q": query})
            yield Asked(f"/search?{asked}", reader, browser=True)
            yield Asked(f"/api/search?{asked}", reader)
    for extra in ("type=rare-book", "from=1900&to=1950", "sort=date", "place=64000020", "page=2"):
        yield Asked(f"/api/search?q={quote(queries[0])}&{extra}")
        yield Asked(f"/api/search?{extra}")
    yield Asked(f"/search.atom?q={quote(queries[0])}")


def _oai(get: Get) -> Iterator[Asked]:
    for verb in ("Identify", "ListSets", "ListMetadataFormats", "ListIdentifiers", "Nonsense"):
        yield Asked(f"/oai?verb={verb}")
    sets = re.findall(r"<setSpec>([^<]+)", get("/oai?verb=ListSets", {}).text)
    for prefix in FORMATS:
        yield Asked(f"/oai?verb=ListRecords&metadataPrefix={prefix}")
        yield Asked(f"/oai?verb=ListIdentifiers&metadataPrefix={prefix}")
    for one in sets:
        yield Asked(f"/oai?verb=ListRecords&metadataPrefix=oai_dc&set={quote(one)}")


def _work(get: Get, work: str, queries: Sequence[str]) -> Iterator[Asked]:
    """Yield all about one Work; what is withheld is asked for in the reading room too."""
    at = f"/works/{work}"
    yield Asked(at, browser=True)
    for path in (f"/api{at}", f"/iiif{at}/manifest.json", *(f"{at}/{name}" for name in _FILES)):
        yield Asked(path)
    for prefix in FORMATS:
        identifier = quote(f"oai:{urlsplit(PUBLIC).hostname}:{work}")
        yield Asked(f"/oai?verb=GetRecord&metadataPrefix={prefix}&identifier={identifier}")
    described = get(f"/api{at}", {"accept": "*/*"})
    document = described.json() if described.status_code == 200 else {"pages": []}
    withheld = document.get("access") != "open" or document.get("embargo_until")
    for reader in (OUTSIDE, READING_ROOM) if withheld else (OUTSIDE,):
        if reader != OUTSIDE:
            yield Asked(at, reader, browser=True)
        yield from (Asked(f"{at}/{name}", reader) for name in ("text.txt", "work.pdf"))
        for query in queries[:_ASKED_WITHIN]:
            asked = urlencode({"q": query})
            for service in ("search/2", "search/1", "autocomplete/2", "autocomplete/1"):
                yield Asked(f"/iiif{at}/{service}?{asked}", reader)
        for page in document["pages"]:
            yield from _page(at, page, reader, queries)


def _page(at: str, page: dict[str, Any], reader: str, queries: Sequence[str]) -> Iterator[Asked]:
    n = page["n"]
    yield Asked(f"{at}/pages/{n}", reader, browser=True)
    yield Asked(f"{at}/pages/{n}?{urlencode({'q': queries[0]})}", reader, browser=True)
    for path in (f"{at}/alto/{n}.xml", f"{at}/pages/{n}/text.txt", f"{at}/pages/{n}/page.pdf"):
        yield Asked(path, reader)
    for version in "32":
        service = f"/iiif/image/{version}/{page['id']}"
        yield from (Asked(path, reader) for path in (service, f"{service}/info.json"))
    service = f"/iiif/image/3/{page['id']}"
    for asked in (
        *("full/max/0/default.jpg", "full/!400,400/0/default.jpg", "full/!100,100/0/gray.jpg"),
        *("10,10,80,60/max/0/default.jpg", "square/50,50/90/default.png", "full/,0/0/default.jpg"),
        *_tiles(page["width"], page["height"]),
    ):
        yield Asked(f"{service}/{asked}", reader)


def _tiles(width: int, height: int, side: int = 512) -> Iterator[str]:
    """Yield the tiles of an image as viewers ask for them, at every scale down to one tile."""
    scale = 1
    while True:
        step = side * scale
        for y in range(0, height, step):
            for x in range(0, width, step):
                w, h = min(step, width - x), min(step, height - y)
                size = f"{-(-w // scale)},{-(-h // scale)}"
                yield f"{x},{y},{w},{h}/{size}/0/default.jpg"
        if step >= max(width, height):
            return
        scale *= 2


def to_json(answers: Mapping[Asked, Answer]) -> list[dict[str, Any]]:
    """Return answers as they are kept in a file."""
    return [
        {
            "path": asked.path, "reader": asked.reader, "browser": asked.browser,
            "status": answer.status, "headers": answer.headers, "body": answer.body,
        }
        for asked, answer in answers.items()
    ]  # fmt: skip


def from_json(kept: Iterable[dict[str, Any]]) -> dict[Asked, Answer]:
    """Return answers that were kept in a file."""
    return {
        Asked(one["path"], one["reader"], one["browser"]): Answer(
            one["status"], one["headers"], normalised(one["body"])
        )
        for one in kept
    }
