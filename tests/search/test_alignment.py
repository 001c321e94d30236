"""The cheapest place of a phrase in each of many texts, against a search of all places."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from search.noisy.alignment import CONFUSED, ERROR, NEVER, Letter, Phrase, Texts

LETTERS = st.text("高雄港市", max_size=7)


def phrase_of(characters, confusions=(), extra=()):
    letters = tuple(Letter({**dict(confusions), ord(c): 0}) for c in characters)
    return Phrase(letters, dict(extra), len(letters))


@given(LETTERS.filter(bool), st.lists(LETTERS, min_size=1, max_size=4))
def test_no_place_costs_less(phrase, texts):
    found = dict(Texts(texts).cheapest(phrase_of(phrase), ERROR * len(phrase)))
    for number, text in enumerate(texts):
        places = [(i, j) for i in range(len(text) + 1) for j in range(i, len(text) + 1)]
        least = min(Levenshtein.distance(phrase, text[i:j]) for i, j in places)
        if number not in found:
            assert least == len(phrase)
            continue
        place = found[number]
        assert place.cost == ERROR * least
        assert Levenshtein.distance(phrase, text[place.start : place.end]) == least


def one(phrase, text, most=ERROR):
    return dict(Texts(["", text]).cheapest(phrase, most)).get(1)


def test_what_costs_too_much_is_not_found():
    assert one(phrase_of("高雄港"), "高市場") is None


def test_a_character_of_nearly_the_same_shape_costs_less():
    confusions = {ord("碓"): CONFUSED}
    assert one(phrase_of("高雄港", confusions), "高碓港高雄") == (CONFUSED, 0, 3, "=~=")


def test_a_dear_change_is_not_made():
    dear = {ord("市"): NEVER}
    assert one(phrase_of("高雄港", dear, dear), "高市港高雄") == (ERROR, 3, 5, "==-")


def test_white_space_is_no_character_and_offsets_are_those_of_the_text():
    assert one(phrase_of("高雄港"), "在 高\n雄\u3000港 口") == (0, 2, 7, "===")


def test_nothing_is_read_over_the_end_of_a_text():
    assert dict(Texts(["高雄", "港"]).cheapest(phrase_of("高雄港"), ERROR)) == {
        0: (ERROR, 0, 2, "==-")
    }


def test_every_kind_of_error_has_its_sign():
    kinds = {"高雄港市": "====", "高雄場市": "==x=", "高雄市": "==-=", "高雄之港市": "==+=="}
    assert {text: one(phrase_of("高雄港市"), text).errors for text in kinds} == kinds


def test_a_text_may_hold_any_character():
    assert one(phrase_of("高雄"), "\x00\ud800\U0010ffff高\ufe00雄\uffff") == (0, 3, 6, "==")


def test_a_very_long_phrase_is_found():
    phrase = "高雄港市" * 50
    found = one(phrase_of(phrase), f"之{phrase[:100]}碓{phrase[101:]}也")
    assert (found.cost, found.start, found.end) == (ERROR, 1, 201)
