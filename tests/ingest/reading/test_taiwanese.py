"""白話字: the marks that no model has a letter for come from the spelling and from the ink."""

import unicodedata

import cv2
import numpy as np
import pytest

from ingest.reading.engine import RawGlyph, RawLine
from ingest.reading.taiwanese import is_taiwanese, with_marks

LOW, PITCH, BASE = 40, 60, 160


class Sheet:
    """A line of boxes for letters, with marks drawn over some of them."""

    def __init__(self, text):
        self.text = text
        self.image = np.full((240, PITCH * (len(text) + 2), 1), 255, np.uint8)[:, :, 0].copy()
        self.glyphs = []
        for n, c in enumerate(text):
            x, tall = PITCH * (n + 1), c in "bdfhkltBGHKLTU"
            top = BASE - LOW * (1.5 if tall else 1)
            if c != " ":
                self.ink(x, top, x + 36, BASE)
            self.glyphs.append(RawGlyph(c, x, top, x + 36, BASE, 0.9))

    def ink(self, x0, y0, x1, y1):
        cv2.rectangle(self.image, (round(x0), round(y0)), (round(x1) - 1, round(y1) - 1), 0, -1)

    def over(self, n, shape):
        """Draw a mark over the n-th letter."""
        x, y = PITCH * (n + 1) + 18, BASE - LOW - 8
        if shape == "stroke":
            self.ink(x - 2, y - 14, x + 2, y)
        elif shape == "bar":
            self.ink(x - 12, y - 4, x + 12, y)
        elif shape == "round":
            self.ink(x - 4, y - 8, x + 4, y)
        elif shape == "beside":
            self.ink(x + 21, y, x + 29, y + 8)
        else:
            ends = {
                "rising": ((x - 8, y), (x + 8, y - 14)),
                "falling": ((x - 8, y - 14), (x + 8, y)),
            }
            cv2.line(self.image, *ends[shape], 0, 4)
        return self

    def read(self):
        line = RawLine(tuple(self.glyphs), "horizontal")
        found = with_marks((line,), self.image)[0].glyphs
        return "".join(g.text for g in found)


def nfc(text):
    return unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("read", ["tàk", "ták", "tȧk", "tāk"])
def test_a_checked_syllable_has_no_mark_but_the_stroke(read):
    assert Sheet(f"{read}-ke sama").read() == nfc("ta̍k-ke sama")


def test_an_open_syllable_keeps_what_was_read():
    assert Sheet("káu-hái ê kang").read() == "káu-hái ê kang"


def test_a_stroke_over_a_letter_read_without_one_is_kept_in_a_checked_syllable_only():
    assert Sheet("chit sama").over(2, "stroke").read() == nfc("chi̍t sama")
    assert Sheet("chit sama").over(2, "round").read() == "chit sama"
    assert Sheet("chia sama").over(2, "stroke").read() == "chia sama"


def test_a_dot_to_the_upper_right_of_o_is_its_mark():
    assert Sheet("lo sama").over(1, "beside").read() == nfc("lo͘ sama")
    assert Sheet("lō sama").over(1, "beside").read() == nfc("lō͘ sama")
    assert Sheet("lo sama").over(1, "round").read() == "lo sama"
    assert Sheet("la sama").over(1, "beside").read() == "la sama"


@pytest.mark.parametrize(
    ("shape", "meant"), [("bar", "m̄"), ("rising", "ḿ"), ("falling", "m̀"), ("round", "m")]
)
def test_marks_over_m_are_told_by_their_shape(shape, meant):
    assert Sheet("m sanae").over(0, shape).read() == nfc(f"{meant} sanae")


def test_other_languages_with_marks_are_not_taken_for_taiwanese():
    assert is_taiwanese("Lāu-lâng kóng, í-chêng tiàm chia ē-tàng khòaⁿ-tio̍h tōa chûn")
    assert not is_taiwanese("Cộng hòa xã hội chủ nghĩa Việt Nam độc lập tự do hạnh phúc")
    assert not is_taiwanese("Gāoxióng shìlì túshūguǎn dìfāng wénxiàn mùlù")
    assert not is_taiwanese("Après une année à l'école, il était peut-être là-bas")
    assert not is_taiwanese("ē-tàng")
