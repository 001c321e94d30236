"""One analysis for every engine."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metadata.script import is_han_or_kana
from search import analysis
from search.analysis import fold, tokens, written

settings.register_profile("search", deadline=None, max_examples=60)
settings.load_profile("search")
MIXED = st.text("高雄港打狗民國臺台灣湾0134aTkÉé\u030d，。- \n\u3000カー𠮟①|~\"'", max_size=30)
ANY = st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高雄港", "高雄 雄港"),
        ("民國34年三月", "民國 國34 34 34年 年三 三月"),
        ("三公，公之", "三公 公, ,公 公之"),
        ("Takao Harbour", "takao harbour"),
        ("高雄 Takao\n港", "高雄 雄takao takao takao港"),
        ("Ｔａｋａｏ港", "takao takao港"),
        ("H.B.M.", "h h. .b b b. .m m m."),
        ("", ""),
    ],
)
def test_tokens_are_words_and_pairs_of_neighbours(text, expected):
    assert " ".join(tokens(fold(text))) == expected


@given(st.text(min_size=64, max_size=90))
def test_long_texts_are_folded_as_short_ones(text):
    assert fold(text) == "".join(map(fold, text))
    assert written(text) == "".join(map(written, text))


@given(ANY)
@example("葛\U000e0100\U000e0000\U0010ffff\x00")
def test_what_is_kept_is_what_compact_leaves(text):
    kept = analysis.kinds()[analysis.codes(text)] < analysis.MARK
    assert "".join(c for c, stays in zip(text, kept, strict=True) if stays) == analysis.compact(
        text
    )


def test_the_forms_of_a_character_are_those_folded_alike():
    assert {"臺", "台", "颱"} <= set(analysis.forms("台")) == set(analysis.forms("臺"))
    assert analysis.forms("也") == "也"


@pytest.mark.parametrize(
    "pair",
    [
        "臺台",
        "灣湾",
        "圖図",
        "國国",
        "縣県",
        "廳庁",
        "鐵鉄",
        "驛駅",
        "鹽塩",
        "館馆",
        "館舘",
        "書书",
        "後后",
        "裡里",
        "峰峯",
        "群羣",
        "為爲",
        "敎教",
        "淸清",
        "靑青",
        "蕃番",
        "旂旗",
        "藔寮",
        "旣既",
        "舩船",
        "亊事",
        "着著",
        "眞真",
        "髙高",
        "﨑崎",
        "呉吳",
        "黒黑",
        "龍竜",
        "壽寿",
        "廣広",
        "澤沢",
        "關関",
        "產産",
    ],
)
def test_written_forms_of_one_character_fold_together(pair):
    one, other = fold(pair)
    assert one == other
    assert written(pair) == pair


@given(ANY)
def test_folding_keeps_the_length_and_may_be_repeated(text):
    assert len(fold(text)) == len(written(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(ANY)
def test_no_token_holds_white_space_or_is_too_long(text):
    for token in tokens(fold(text)):
        assert token
        assert token.split() == [token]
        assert len(token) <= 65


def test_letters_without_diacritics_find_letters_with_them():
    assert tokens(fold("Tâi-oân ta̍k hiaⁿ")) == tokens(fold("Tai-oan tak hian"))
    assert tokens(written("Tâi"), keep_marks=True) != tokens(written("Tai"), keep_marks=True)
    assert tokens(written("ta̍k"), keep_marks=True) == ["ta̍k"]


@given(MIXED)
def test_a_character_of_the_compact_text_is_found_in_the_text(text):
    compact = analysis.compact(text)
    assert [text[analysis.origin(text, i)] for i in range(len(compact))] == list(compact)


def test_a_very_long_word_is_equal_only_to_itself():
    long, longer = "x" * 5000, "x" * 5001
    assert tokens(long) == tokens(long)
    assert tokens(long) != tokens(longer)


def test_variation_selectors_and_zero_width_characters_are_nothing():
    assert tokens(fold("高\ufe00雄\u200b港\U000e0100")) == ["高雄", "雄港"]


def test_the_token_over_a_page_break_has_a_bar():
    assert analysis.seam("高雄市", "立圖") == ["高雄", "雄市", "市|立", "立圖"]
    assert analysis.seam("高雄市", "") == []
    assert analysis.tail("說，高雄\n市 ") == "高雄市"
    assert analysis.head(" 立\n圖，書") == "立圖"


def test_the_tables_are_those_that_their_generator_makes(tmp_path, monkeypatch):
    unihan = Path("/usr/share/unicode")
    if not (unihan / "Unihan_Variants.txt.bz2").exists():
        pytest.skip("apt install unicode-data to compare the tables with their sources")
    from search import build_tables

    lines = build_tables.fold_lines(build_tables.unihan_lines(unihan, "Unihan_Variants"))
    kept = (build_tables.TABLES / "fold.tsv").read_text("utf-8").splitlines()
    assert len([line for line in kept if not line.startswith("#")]) >= len(lines) * 0.99


@given(st.text("臺台灣湾国國", min_size=1, max_size=6))
def test_every_fold_is_a_fold_of_its_representative(text):
    assert all(fold(c) == c for c in fold(text))


def test_no_class_joins_characters_of_different_kinds():
    classes = analysis.fold_classes()
    assert all(is_han_or_kana(c) and is_han_or_kana(head) for c, head in classes.items())
    assert json.dumps(classes)
