"""A search is its address, in both directions."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.results import SearchRequest
from viewer.pages import search_form

OPEN = frozenset({"open"})
words = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters="港圖 "), max_size=20
).map(str.strip)
values = st.one_of(st.none(), words.filter(bool))
requests = st.builds(
    SearchRequest,
    q=words,
    year_from=st.one_of(st.none(), st.integers(1, 9999)),
    year_to=st.one_of(st.none(), st.integers(1, 9999)),
    place=values,
    type=values,
    collection=values,
    language=values,
    access=values,
    subject=values,
    creator=values,
    sort=st.sampled_from(search_form.SORTS),
    page=st.integers(1, 9999),
    off=st.lists(words.filter(bool), max_size=3, unique=True).map(tuple),
)


@given(requests)
@settings(deadline=None, max_examples=100)
def test_an_address_gives_its_request_back(request):
    address = urlencode(search_form.write(request))
    form = search_form.read(parse_qsl(address), OPEN)
    assert form.request == request
    assert form.ignored == ()


@given(st.lists(st.tuples(st.sampled_from(["q", "from", "page", "sort", "off", "x"]), st.text())))
@settings(deadline=None, max_examples=100)
def test_any_query_string_is_read(pairs):
    form = search_form.read(pairs, OPEN)
    assert form.request.page >= 1
    assert form.request.allowed == OPEN


@pytest.mark.parametrize("name", ["from", "to", "page", "sort"])
def test_what_cannot_be_used_is_left_out_and_named(name):
    assert search_form.read([(name, "once")], OPEN).ignored == (name,)


def test_another_filter_starts_at_the_first_page():
    request = SearchRequest(q="港", page=4)
    assert search_form.with_filter(request, "type", "map") == SearchRequest(q="港", type="map")
