"""Pictures that people upload: drawn anew, so that nothing but the picture is left of the file.

Where a photo was taken, by which phone, comments, thumbnails of what was cropped away and whatever
somebody hid behind the last pixel do not get past here.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MOST_PIXELS = 50_000_000  # of one picture: 150 MB while it is open
MOST_MOVING = 100_000_000  # of all pictures of an animation together
HOW: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90, "optimize": True},
    "WEBP": {"quality": 90, "exif": b""},
}
# What else a picture's looks depend on
LOOKS = {
    "JPEG": ("icc_profile",),
    "PNG": ("icc_profile", "transparency"),
    "GIF": ("transparency",),
    "WEBP": ("icc_profile",),
}


class TooDetailed(Exception):
    """The picture has so many pixels that opening it would cost too much: a decompression bomb, or
    a camera that means well."""


def redrawn(content: bytes) -> bytes | None:
    """The same picture in the same format, upright and without anything else; None if it is no
    picture that browsers show, or a broken one. Raises TooDetailed. Blocking; takes up to 3 bytes
    of memory per pixel."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we count ourselves
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                return _redrawn(picture, content)
    except (Image.DecompressionBombError, MemoryError) as error:
        raise TooDetailed(str(error)) from error
    except TooDetailed:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError):
        return None  # what Pillow raises for one that is cut off or bent


def _redrawn(picture: Image.Image, content: bytes) -> bytes:
    width, height = picture.size
    frames = int(getattr(picture, "n_frames", 1))
    if width * height > MOST_PIXELS or width * height * frames > MOST_MOVING:
        raise TooDetailed(f"{width} x {height} pixels, {frames} times")
    form = picture.format or "PNG"
    if frames > 1:
        return _moving(picture, form, frames, content)
    looks = {name: picture.info[name] for name in LOOKS[form] if name in picture.info}
    upright = ImageOps.exif_transpose(picture)
    upright.info = {}  # what is not given to `save` is taken from here
    to = io.BytesIO()
    upright.save(to, form, **HOW.get(form, {}), **looks)
    return to.getvalue()


def _moving(picture: Image.Image, form: str, frames: int, content: bytes) -> bytes:
    times = []
    for frame in range(frames):
        picture.seek(frame)
        picture.load()
        times.append(int(picture.info.get("duration", 0)))
    if form == "GIF":  # has no place for where it was taken, and loses by being drawn anew
        return content
    loop = int(picture.info.get("loop", 0))
    picture.seek(0)
    for name in ("exif", "xmp", "XML:com.adobe.xmp"):
        picture.info.pop(name, None)
    to = io.BytesIO()
    picture.save(to, form, save_all=True, duration=times, loop=loop, **HOW.get(form, {}))
    return to.getvalue()
