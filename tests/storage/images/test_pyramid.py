"""The pyramid is a TIFF for others and complete JPEG files for us."""

import io

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from storage.images import geometry
from storage.images.pyramid import Pyramid, PyramidError
from storage.images.pyramid_pixels import read_pixels
from storage.images.pyramid_write import write_pyramid


def pixels(width, height, bands):
    coarse = np.random.default_rng(width * height).integers(
        0, 255, (height // 24 + 2, width // 24 + 2, 3), np.uint8
    )
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image)[:, :, :bands]


def written(path, source):
    height, width, bands = source.shape
    write_pyramid(path, (width, height), bands, (source[y : y + 77] for y in range(0, height, 77)))
    return Pyramid(path)


SHAPES = [(1300, 1100, 3), (1300, 1100, 1), (513, 512, 3), (40, 30, 1), (700, 5_000, 3), (1, 9, 1)]


@pytest.mark.parametrize(("width", "height", "bands"), SHAPES)
def test_every_level_is_read_by_libvips_and_equals_our_tiles(tmp_path, width, height, bands):
    pyramid = written(tmp_path / "p.tif", pixels(width, height, bands))
    assert pyramid.levels == geometry.levels(width, height)
    for level, (across, down) in enumerate(pyramid.levels):
        theirs = pyvips.Image.tiffload(str(tmp_path / "p.tif"), page=level).numpy()
        ours = read_pixels(pyramid, level, geometry.Region(0, 0, across, down))
        assert theirs.reshape(ours.shape).shape == (down, across, bands)
        assert np.abs(theirs.reshape(ours.shape).astype(int) - ours).mean() < 2
    pyramid.close()


def test_the_file_is_a_plain_pyramidal_tiff(tmp_path):
    written(tmp_path / "p.tif", pixels(1300, 1100, 3)).close()
    with tifffile.TiffFile(tmp_path / "p.tif") as tiff:
        assert [(p.imagewidth, p.imagelength) for p in tiff.pages] == [
            (1300, 1100), (650, 550), (325, 275),
        ]  # fmt: skip
        assert [bool(p.is_reduced) for p in tiff.pages] == [False, True, True]
        assert {p.compression.name for p in tiff.pages} == {"JPEG"}
        assert {(p.tilewidth, p.tilelength) for p in tiff.pages} == {(512, 512)}


def test_each_answer_is_a_complete_jfif_file_of_exact_size(tmp_path):
    pyramid = written(tmp_path / "p.tif", pixels(1300, 1100, 3))
    for level, (across, down) in enumerate(pyramid.levels):
        columns, rows = geometry.grid(across, down)
        for number in range(columns * rows):
            extent = pyramid.tile_extent(geometry.TileAddress(level, number))
            jpeg = pyramid.read(extent)
            # JFIF says YCbCr: without it Safari shows such tiles pink and green.
            assert jpeg[:4] == b"\xff\xd8\xff\xe0"
            assert jpeg[6:11] == b"JFIF\0"
            assert jpeg[-2:] == b"\xff\xd9"
            box = geometry.tile_box(across, down, number % columns, number // columns)
            assert Image.open(io.BytesIO(jpeg)).size == (box.w, box.h)
    pyramid.close()


def test_standard_thumbnails_are_stored(tmp_path):
    pyramid = written(tmp_path / "p.tif", pixels(1300, 1100, 3))
    assert pyramid.small_sizes == ((200, 169), (400, 338), (650, 550), (1200, 1015))
    for size in pyramid.small_sizes:
        image = Image.open(io.BytesIO(pyramid.read(pyramid.small_extent(size))))
        assert image.size == size
    assert pyramid.small_extent((201, 170)) is None
    pyramid.close()


def test_no_seam_between_tiles(tmp_path):
    source = pixels(1300, 1100, 3)
    pyramid = written(tmp_path / "p.tif", source)
    ours = read_pixels(pyramid, 0, geometry.Region(0, 0, 1300, 1100))
    error = np.abs(ours.astype(int) - source).mean(axis=2)
    assert error[:, 508:516].mean() < error.mean() + 1
    assert error.mean() < 2
    pyramid.close()


def test_missing_or_extra_rows_are_an_error(tmp_path):
    source = pixels(600, 600, 1)
    with pytest.raises(ValueError, match="599 rows"):
        write_pyramid(tmp_path / "p.tif", (600, 600), 1, [source[:599]])
    with pytest.raises(ValueError, match="more rows"):
        write_pyramid(tmp_path / "p.tif", (600, 500), 1, [source])


def test_another_file_is_no_pyramid(tmp_path):
    (tmp_path / "no.tif").write_bytes(b"II*\0" + bytes(100))
    with pytest.raises(PyramidError):
        Pyramid(tmp_path / "no.tif")
    (tmp_path / "small.tif").write_bytes(b"II")
    with pytest.raises(PyramidError):
        Pyramid(tmp_path / "small.tif")
