"""Masters of every accepted kind are shown upright, in sRGB, at their own size."""

import io
import struct

import hostile
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from storage.images.decode import inspect, is_many_page, open_frame
from storage.images.derive import derive, page_pixels
from storage.images.errors import DecodeError
from storage.images.pyramid import Pyramid

SIZE = (600, 800)
REFERENCE = np.asarray(hostile.picture())


def shown(path, frame=None):
    image = open_frame(path, frame)
    assert image.format == "uchar"
    assert image.bands in (1, 3)
    return image.numpy()


def difference(pixels, reference=REFERENCE):
    return np.abs(pixels.astype(int) - reference).mean()


def save(path, image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("a.jpg", {"quality": 95, "subsampling": 0}, 2),
        ("a.png", {}, 0),
        ("a.tif", {"compression": "tiff_lzw"}, 0),
        ("big.tif", {"big_tiff": True}, 0),
        ("a.jp2", {}, 1),
        ("tiled.jp2", {"tile_size": (256, 256)}, 1),
        ("a.webp", {"lossless": True}, 0),
    ],
)
def test_colour_masters(tmp_path, name, options, tolerance):
    path = save(tmp_path / name, hostile.picture(), **options)
    found = inspect(path)
    assert [(f.index, f.width, f.height) for f in found.frames] == [(None, *SIZE)]
    assert found.notes == ()
    assert difference(shown(path)) <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, orientation):
    from PIL import ImageOps

    path = hostile.rotated_jpeg(tmp_path, orientation)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    found = inspect(path).frames[0]
    assert (found.width, found.height) == (upright.shape[1], upright.shape[0])
    assert difference(shown(path), upright) < 1


def test_a_many_page_tiff_has_a_frame_for_each_page_and_none_for_thumbnails(tmp_path):
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as out:
        out.write(np.zeros((40, 30), np.uint8))
        out.write(np.zeros((10, 8), np.uint8), subfiletype=1)
        out.write(np.full((50, 20), 200, np.uint8))
    assert [(f.index, f.width, f.height) for f in inspect(path).frames] == [
        (0, 30, 40),
        (1, 20, 50),
    ]
    assert is_many_page(path)
    assert shown(path, 1).mean() == 200
    assert not is_many_page(hostile.text_named_jpg(tmp_path))


@pytest.mark.parametrize(
    "compression", ["group4", "packbits", None], ids=["group 4", "packbits", "none"]
)
def test_one_bit_masters_stay_grey_and_small(tmp_path, compression):
    line_art = hostile.picture().convert("1", dither=Image.Dither.NONE)
    options = {"compression": compression} if compression else {}
    path = save(tmp_path / "bits.tif", line_art, **options)
    pixels = shown(path)
    assert pixels.ndim == 2
    assert difference(pixels, np.asarray(line_art) * 255) == 0


def test_sixteen_bits_become_eight(tmp_path):
    grey = REFERENCE[:, :, 0]
    tifffile.imwrite(tmp_path / "grey.tif", grey.astype(np.uint16) * 257)
    tifffile.imwrite(tmp_path / "rgb.tif", REFERENCE.astype(np.uint16) * 257, photometric="rgb")
    assert difference(shown(tmp_path / "grey.tif"), grey) < 1
    assert difference(shown(tmp_path / "rgb.tif")) < 1


def test_cmyk_becomes_srgb(tmp_path):
    path = save(tmp_path / "cmyk.tif", Image.new("CMYK", (64, 64), (0, 0, 0, 0)))
    assert shown(path).shape == (64, 64, 3)
    assert shown(path).mean() > 250
    path = save(tmp_path / "cmyk.jpg", Image.new("CMYK", (64, 64), (0, 255, 255, 0)))
    red, green, blue = shown(path).reshape(-1, 3).mean(axis=0)
    assert red > 180 > 90 > max(green, blue)


def test_an_icc_profile_is_applied(tmp_path):
    save(tmp_path / "plain.png", hostile.picture())
    wide = pyvips.Image.pngload(str(tmp_path / "plain.png")).icc_transform("p3")
    wide.pngsave(str(tmp_path / "wide.png"), keep="all")
    assert difference(wide.numpy()) > 3
    assert difference(shown(tmp_path / "wide.png")) < 1.5


def test_transparency_is_laid_on_white(tmp_path):
    path = save(tmp_path / "clear.png", Image.new("RGBA", (8, 8), (0, 0, 0, 0)))
    assert shown(path).mean() == 255


def test_a_palette_becomes_its_colours(tmp_path):
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    assert tuple(shown(save(tmp_path / "p.png", image))[0, 0]) == (200, 100, 50)
    assert tuple(shown(save(tmp_path / "p.gif", image))[0, 0]) == (200, 100, 50)


def scan_pdf(path, image, turn=0):
    """Write a PDF page that is one scan of 200 ppi."""
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=95, subsampling=0)
    width, height = image.width * 72 / 200, image.height * 72 / 200
    content = b"q %f 0 0 %f 0 0 cm /I Do Q" % (width, height)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %f %f] /Rotate %d /Contents 4 0 R"
        b" /Resources << /XObject << /I 5 0 R >> >> >>" % (width, height, turn),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB"
        b" /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream"
        % (image.width, image.height, len(jpeg.getvalue()), jpeg.getvalue()),
    ]
    path.write_bytes(hostile.pdf_bytes(objects))
    return path


def test_a_scanned_pdf_page_has_the_pixels_of_its_scan(tmp_path):
    path = scan_pdf(tmp_path / "scan.pdf", hostile.picture())
    assert [(f.index, f.width, f.height) for f in inspect(path).frames] == [(None, *SIZE)]
    assert difference(shown(path)) < 3
    turned = scan_pdf(tmp_path / "turned.pdf", hostile.picture(), turn=90)
    assert [(f.width, f.height) for f in inspect(turned).frames] == [SIZE[::-1]]
    assert difference(shown(turned), np.rot90(REFERENCE, -1)) < 3


def test_a_born_digital_pdf_is_rendered_at_300_ppi(tmp_path):
    content = b"BT /F 24 Tf 72 144 Td (Takao) Tj ET"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 288] /Contents 4 0 R"
        b" /Resources << /Font << /F"
        b" << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>",
        page,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    path = tmp_path / "born.pdf"
    path.write_bytes(hostile.pdf_bytes(objects))
    frames = inspect(path).frames
    assert [(f.index, f.width, f.height) for f in frames] == [(0, 600, 1200), (1, 600, 1200)]
    pixels = shown(path, 1)
    assert pixels.ndim == 2
    assert pixels.min() < 50
    assert pixels.mean() > 200


def test_a_page_too_large_to_render_is_made_smaller_and_says_so(tmp_path):
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400 7200] >>"
    tree = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    path = tmp_path / "wall.pdf"
    path.write_bytes(hostile.pdf_bytes([b"<< /Type /Catalog /Pages 2 0 R >>", tree, page]))
    found = inspect(path)
    assert found.notes == ("pdf-reduced",)
    frame = found.frames[0]
    assert 140_000_000 < frame.width * frame.height <= 150_000_000
    assert abs(frame.width / frame.height - 2) < 0.001


@pytest.mark.parametrize(("tile", "fits"), [((20_000, 20_000), False), ((1024, 1024), True)])
def test_a_jpeg_2000_that_would_not_fit_in_memory_is_refused_before(tmp_path, tile, fits):
    path = save(tmp_path / "a.jp2", hostile.picture(64, 64))
    raw = bytearray(path.read_bytes())
    at = raw.index(b"\xff\x4f\xff\x51") + 8
    raw[at : at + 8] = struct.pack(">II", 12_000, 10_000)
    raw[at + 16 : at + 24] = struct.pack(">II", *tile)
    path.write_bytes(raw)
    refusal = inspect(path).refusal
    assert (refusal and refusal.code) == (None if fits else "jp2-memory")
    with pytest.raises(DecodeError) as caught:
        shown(path)
    assert caught.value.code == ("image-corrupt" if fits else "jp2-memory")


def test_a_name_with_brackets_is_a_name(tmp_path):
    path = save(tmp_path / "頁 1[page=3].tif", hostile.picture())
    assert difference(shown(path)) == 0


def test_page_pixels_for_reading_come_from_the_largest_level_that_fits(tmp_path):
    path = save(tmp_path / "a.png", hostile.picture())
    derive(path, None, tmp_path / "pyramid.tif")
    pixels, scale = page_pixels(tmp_path / "pyramid.tif")
    assert (pixels.shape, scale) == ((800, 600, 3), 1.0)
    pixels, scale = page_pixels(tmp_path / "pyramid.tif", 500)
    assert (pixels.shape, scale) == ((400, 300, 3), 2.0)


def test_a_damaged_file_leaves_an_earlier_pyramid_alone(tmp_path):
    derive(save(tmp_path / "a.png", hostile.picture()), None, tmp_path / "pyramid.tif")
    before = (tmp_path / "pyramid.tif").read_bytes()
    with pytest.raises(Exception, match="truncated"):
        derive(hostile.truncated_jpeg(tmp_path), None, tmp_path / "pyramid.tif")
    assert (tmp_path / "pyramid.tif").read_bytes() == before
    Pyramid(tmp_path / "pyramid.tif").close()
