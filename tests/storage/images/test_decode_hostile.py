"""Bad input: each hostile file gives its own coded Problem, and nothing crashes."""

import hostile
import pytest

from storage.images.decode import inspect
from storage.images.derive import derive
from storage.images.errors import DecodeError
from storage.images.pyramid import Pyramid


@pytest.mark.parametrize(
    ("make", "code"), hostile.REJECTED.items(), ids=lambda v: getattr(v, "__name__", v)
)
def test_headers_alone_refuse_it(tmp_path, make, code):
    found = inspect(make(tmp_path))
    assert found.refusal is not None
    assert found.refusal.code == code
    assert found.frames == ()


@pytest.mark.parametrize(
    ("make", "code"), hostile.UNDECODABLE.items(), ids=lambda v: getattr(v, "__name__", v)
)
def test_decoding_refuses_it_and_leaves_nothing(tmp_path, make, code):
    path = make(tmp_path)
    assert inspect(path).frames
    with pytest.raises(DecodeError) as caught:
        derive(path, None, tmp_path / "pyramid.tif")
    assert caught.value.code == code
    assert not list(tmp_path.glob("*pyramid*"))


@pytest.mark.parametrize(
    ("make", "codes"), hostile.TAKEN.items(), ids=lambda v: getattr(v, "__name__", str(v))
)
def test_odd_but_readable_files_go_in(tmp_path, make, codes):
    path = make(tmp_path)
    found = inspect(path)
    assert found.notes == codes
    derived = derive(path, None, tmp_path / "pyramid.tif")
    assert (derived.width, derived.height) == (found.frames[0].width, found.frames[0].height)
    pyramid = Pyramid(tmp_path / "pyramid.tif")
    assert (pyramid.width, pyramid.height) == (derived.width, derived.height)
    pyramid.close()
