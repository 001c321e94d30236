"""The cheapest place of a phrase in a text, against a search of all places."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from search.alignment import cheapest

LETTERS = st.text("高雄港市", max_size=7)


def one(wanted, read):
    return float(wanted != read)


@given(LETTERS.filter(bool), LETTERS)
def test_no_place_costs_less(phrase, text):
    cost, start, end = cheapest(phrase, text, one)
    places = [(i, j) for i in range(len(text) + 1) for j in range(i, len(text) + 1)]
    assert cost == min(Levenshtein.distance(phrase, text[i:j]) for i, j in places)
    assert cost == Levenshtein.distance(phrase, text[start:end])


def test_a_dear_change_is_not_made():
    def cost(wanted, read):
        return 5.0 if read == "市" else float(wanted != read)

    assert cheapest("高雄港", "高市港高雄", cost) == (1.0, 3, 5)
