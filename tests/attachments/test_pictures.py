"""What is left of an uploaded picture: the picture."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from handoff.file_types import SHOWN, kind_of, type_of
from handoff.pictures import TooDetailed, redrawn

SECRET = b"52.3676N-4.9041E"
HTML = b"<!doctype html><script>alert(document.domain)</script>"


def picture(
    form: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **more: object
) -> bytes:
    to = io.BytesIO()
    Image.new(mode, size, "teal").save(to, form, **more)
    return to.getvalue()


def with_exif(form: str, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (52.0, 22.0, 3.36)
    return picture(form, exif=exif)


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(io.BytesIO(content))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kB that fills the memory of whoever opens it."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress(bytes(1000) * 1000, 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_where_a_photo_was_taken_is_not_kept(form: str) -> None:
    content = with_exif(form)
    assert SECRET in content
    kept = redrawn(content)
    assert kept is not None
    assert SECRET not in kept
    assert not opened(kept).getexif()
    assert opened(kept).format == form
    assert opened(kept).size == (40, 20)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_taken_upright_stays_upright(form: str) -> None:
    assert opened(redrawn(with_exif(form, orientation=6))).size == (20, 40)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_stands_behind_the_picture_is_cut_off(form: str) -> None:
    kept = redrawn(picture(form) + HTML)
    assert kept is not None
    assert b"script" not in kept


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF"])
def test_comments_are_not_kept(form: str) -> None:
    if form == "PNG":
        whole = picture(form)
        content = whole[:33] + chunk(b"tEXt", b"Comment\0" + HTML) + whole[33:]
    else:
        content = picture(form, comment=HTML)
    assert b"script" in content
    kept = redrawn(content)
    assert kept is not None
    assert b"script" not in kept


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_stays_what_it_is(mode: str) -> None:
    to = io.BytesIO()
    Image.new(mode, (5, 5)).save(to, "PNG")
    before, after = opened(to.getvalue()), opened(redrawn(to.getvalue()))
    assert after.mode == before.mode
    assert list(after.getdata()) == list(before.getdata())


def test_a_cmyk_photo_is_one_still() -> None:
    assert opened(redrawn(picture("JPEG", mode="CMYK"))).mode == "CMYK"


def test_what_can_be_seen_through_stays_so() -> None:
    clear = Image.new("P", (4, 4))
    clear.putpalette([0, 0, 0, 255, 255, 255] * 128)
    to = io.BytesIO()
    clear.save(to, "GIF", transparency=0)
    assert opened(redrawn(to.getvalue())).info["transparency"] == 0


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_what_moves_goes_on_moving(form: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    to = io.BytesIO()
    frames[0].save(
        to, form, save_all=True, append_images=frames[1:], duration=[80, 90, 100], loop=0
    )
    kept = opened(redrawn(to.getvalue()))
    assert getattr(kept, "n_frames", 1) == 3
    kept.seek(1)
    kept.load()  # WebP knows a frame's time only then
    assert kept.info["duration"] == pytest.approx(90, abs=1)


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_not_opened(size: tuple[int, int]) -> None:
    content = bomb(*size)
    assert len(content) < 10_000
    with pytest.raises(TooDetailed):
        redrawn(content)


def test_an_animation_cannot_be_a_bomb_either() -> None:
    frames = [Image.new("P", (2000, 2000), number % 9) for number in range(30)]
    to = io.BytesIO()
    frames[0].save(to, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(TooDetailed):
        redrawn(to.getvalue())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML,
        b"GIF89a/*" + HTML,
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        picture("JPEG")[:200],
        picture("PNG")[:60],
        picture("BMP"),
        picture("TIFF"),
        picture("ICO"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_what_is_no_whole_picture_for_a_browser_is_none(content: bytes) -> None:
    assert redrawn(content) is None


@settings(max_examples=300, deadline=None)
@given(form=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), data=st.data())
def test_a_bent_picture_is_redrawn_or_none(form: str, data: st.DataObject) -> None:
    """Whatever somebody does to the bytes: an answer, and never anything but a picture."""
    content = bytearray(picture(form, size=(16, 16)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        kept = redrawn(bytes(content))
    except TooDetailed:
        return
    assert kept is None or opened(kept).format in ("JPEG", "PNG", "GIF", "WEBP")


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=200), told=st.text(max_size=40))
def test_whatever_it_is_it_has_a_harmless_type(content: bytes, told: str) -> None:
    found = type_of(content, told)
    assert found in SHOWN or kind_of(found) == "file"
    assert not any(word in found for word in ("html", "svg", "xml", "script", "\n", "\r", ";"))
