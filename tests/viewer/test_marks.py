"""Where a match stands: in its text, and on the page."""

from hypothesis import given, settings
from hypothesis import strategies as st

from repository.text import Box
from viewer.pages.marks import crop_region, excerpt, pieces

sides = st.integers(50, 5000)
spans = st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda s: (s[0], s[0] + s[1]))


@given(st.text(max_size=40), st.lists(spans, max_size=5), st.integers(0, 10))
@settings(deadline=None, max_examples=100)
def test_pieces_are_the_text_cut_at_its_marks(text, marks, start):
    cut = pieces(text, marks, start)
    assert "".join(piece.text for piece in cut) == text
    assert all(piece.text for piece in cut)
    at = start
    for piece in cut:
        for i in range(at, at + len(piece.text)):
            covering = {n for n, (a, b) in enumerate(marks, 1) if a <= i < b}
            assert piece.hit in covering if covering else not piece.marked
        at += len(piece.text)


def test_marks_are_numbered_in_their_own_order():
    assert [(p.text, p.hit) for p in pieces("圖書館在港邊", [(4, 5), (0, 3)])] == [
        ("圖書館", 2), ("在", 0), ("港", 1), ("邊", 0),
    ]  # fmt: skip


@given(st.text(min_size=1, max_size=80), st.data())
@settings(deadline=None, max_examples=80)
def test_an_excerpt_keeps_its_first_match_whole(text, data):
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, min(len(text), first + 10)))
    cut, marks = excerpt(text, [(first, last)], 5, 12)
    assert cut[marks[0][0] : marks[0][1]] == text[first:last]
    assert len(cut) <= 5 + (last - first) + 12 + 2


@given(
    st.integers(50, 5000),
    st.integers(50, 5000),
    st.integers(1, 900),
    st.integers(1, 900),
    st.data(),
)
@settings(deadline=None, max_examples=100)
def test_a_crop_holds_its_match_and_stays_on_the_page(width, height, w, h, data):
    w, h = min(w, width), min(h, height)
    x = data.draw(st.integers(0, width - w))
    y = data.draw(st.integers(0, height - h))
    hit = Box(x, y, w, h)
    crop = crop_region([hit], width, height)
    assert crop.union(hit) == crop
    assert crop.x >= 0
    assert crop.y >= 0
    assert crop.right <= width
    assert crop.bottom <= height


def test_a_crop_of_a_column_is_as_wide_as_one_of_a_line():
    column = crop_region([Box(900, 300, 50, 150)], 2000, 3000)
    line = crop_region([Box(900, 300, 150, 50)], 2000, 3000)
    assert column.w / column.h == line.w / line.h
