"""Traditional pages stay Traditional; look-alikes are decided by their neighbours."""

import pytest

from ingest.reading.engine import RawGlyph, RawLine, RawReading
from ingest.reading.script import page_language, settle, simplified, simplified_share

TWINS = [
    set(pair) for pair in ("ニ二", "ハ八", "ト卜", "カ力", "ロ口", "エ工", "ミ三", "チ千", "ー一")
]


def line(text, choices=None):
    """A line whose engine gave each look-alike's twin a fifth of its score."""
    glyphs = []
    for n, c in enumerate(text):
        twin = next((("".join(t - {c}), 0.2) for t in TWINS if c in t), None)
        given = (choices or {}).get(c, ((c, 0.8), twin) if twin else ())
        glyphs.append(RawGlyph(c, n, 0, n + 1, 1, 0.8, tuple(g for g in given if g)))
    return RawLine(tuple(glyphs), "vertical")


def settled(text, language, choices=None):
    return "".join(g.text for g in settle([line(text, choices)], language)[0].glyphs)


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("高雄市二於テ圖書館ヲ設置ス", "高雄市ニ於テ圖書館ヲ設置ス"),
        ("期間ハ二週間以内卜ス", "期間ハ二週間以内トス"),
        ("位置八高雄市堀江町卜ス", "位置ハ高雄市堀江町トス"),
        ("午後ハ時ヨリ", "午後八時ヨリ"),
        ("明治ニ年ニ於テ", "明治二年ニ於テ"),
        ("第ハ條ノ規定八別ニ", "第八條ノ規定ハ別ニ"),
        ("第百ニ十三號", "第百二十三號"),
        ("人ロ日二增加ス", "人口日ニ增加ス"),
        ("築港エ事二着手シ", "築港工事ニ着手シ"),
        ("ソノカラ", "ソノカラ"),
        ("電カヲ以テ", "電力ヲ以テ"),
        ("達卜共二鐵道", "達ト共ニ鐵道"),
    ],
)
def test_kana_and_the_characters_like_them_are_told_apart(seen, meant):
    assert settled(seen, "ja") == meant


def test_what_the_engine_is_sure_of_is_left_alone():
    certain = {"三": (("三", 0.999), ("二", 0.001))}
    assert settled("三民路", "ja", certain) == "三民路"


def test_chinese_words_decide_between_doubtful_characters():
    doubt = {"探": (("探", 0.6), ("採", 0.4))}
    assert settled("負責探購", "zh-Hant", doubt) == "負責採購"
    assert settled("探索館", "zh-Hant", doubt) == "探索館"
    assert settled("乙巳年", "zh-Hant") == "乙巳年"
    assert settled("說而巳自", "zh-Hant") == "說而已自"


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("JPEG二OOO、GIF", "JPEG二〇〇〇、GIF"),
        ("二○一O年", "二〇一〇年"),
        ("二0三0年", "二〇三〇年"),
        ("第二Office版", "第二Office版"),
        ("每日一0.5升", "每日一0.5升"),
    ],
)
def test_a_ring_after_a_chinese_numeral_is_a_zero(seen, meant):
    assert settled(seen, "zh-Hant") == meant


def test_another_form_of_a_character_gives_way_to_the_one_in_use():
    doubt = {"啓": (("啓", 0.95), ("啟", 0.04))}
    assert settled("開啓", "zh-Hant", doubt) == "開啟"
    assert settled("開啓", "zh-Hant", {"啓": (("啓", 0.999), ("啟", 0.001))}) == "開啓"
    assert settled("開啓", "zh-Hant", {"啓": (("啓", 0.95), ("肇", 0.04))}) == "開啓"
    assert settled("和尙増加", "zh-Hant") == "和尚增加"
    print_of_the_era = {"增": (("增", 0.99), ("増", 0.01))}
    assert settled("增加", "ja", print_of_the_era) == "增加"


def test_a_simplified_character_on_a_traditional_page_is_never_kept():
    assert settled("电話", "zh-Hant", {"电": (("电", 0.8), ("電", 0.2))}) == "電話"
    assert settled("图书馆", "zh-Hant") == "圖書館"
    assert settled("图书馆", "zh-Hans") == "图书馆"


def test_characters_of_big5_are_not_simplified():
    assert not set("群秘並台后里面只") & set(simplified())
    assert simplified_share("图书馆") == 1.0
    assert simplified_share("圖書館、群眾") == 0.0


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("高雄市立圖書館營運計畫", None, "zh-Hant"),
        ("高雄市立图书馆运营计划与书籍", None, "zh-Hans"),
        ("高雄市ニ於テ圖書館ヲ設置シ公衆ノ閲覽ニ供ス", None, "ja"),
        ("The harbour of Takow", None, "en"),
        ("Ta̍k-ke hó", "nan-Latn", "nan-Latn"),
        ("Lāu-lâng kóng, í-chêng tiàm chia ē-tàng khòaⁿ-tio̍h", None, "nan-Latn"),
        ("Après une année à l'école, il était peut-être là-bas", None, "en"),
        ("高雄 The", "en", "zh-Hant"),
    ],
)
def test_the_language_of_a_page_is_read_from_its_letters(text, hint, language):
    assert page_language(RawReading((line(text),), "test"), hint) == language


def test_a_simplified_character_on_a_japanese_page_is_kept_only_where_japan_writes_it_so():
    assert settled("国会ノ职员ト编集", "ja") == "国会ノ職員ト編集"


def test_a_particle_that_was_read_as_a_numeral_is_the_likeliest_kana_of_its_shape():
    faded = {"八": (("八", 0.5), ("ノ", 0.3), ("入", 0.01))}
    assert settled("ギ荷役八爲メ", "ja", faded) == "ギ荷役ノ爲メ"
    assert settled("午後八時", "ja", faded) == "午後八時"


@pytest.mark.parametrize(
    ("seen", "meant"),
    [("誤差土3公尺", "誤差±3公尺"), ("25土3度", "25±3度"), ("黏土3公噸", "黏土3公噸")],
)
def test_a_plus_minus_that_was_read_as_earth_stands_before_a_number(seen, meant):
    assert settled(seen, "zh-Hant") == meant
