"""Pictures that people upload: drawn anew, so that nothing but the picture is left of the file.

Where a photo was taken, by which phone, comments, thumbnails of what was cropped away and whatever
somebody hid behind the last pixel do not get past here.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MOST_PIXELS = 50_000_000  # of one picture: 150 MB while it is open
MOST_MOVING = 100_000_000  # of all pictures of an animation together
QUALITY = 90
PARTS = (
    "icc_profile",
    "transparency",
    "duration",
    "loop",
    "background",
)  # kept: they are its looks


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
    if width * height > MOST_PIXELS or width * height * frames > max(MOST_MOVING, MOST_PIXELS):
        raise TooDetailed(f"{width} x {height} pixels, {frames} times")
    form = picture.format or "PNG"
    kept = {name: picture.info[name] for name in PARTS if name in picture.info}
    to = io.BytesIO()
    if frames > 1:
        if form == "GIF":  # has no place for where it was taken, and loses by being drawn anew
            for frame in range(frames):
                picture.seek(frame)
                picture.load()
            return content
        quality = {"quality": QUALITY} if form == "WEBP" else {}
        for name in ("duration", "transparency"):
            kept.pop(name, None)  # each picture of it has its own
        picture.save(to, form, save_all=True, **kept, **quality)
        return to.getvalue()
    upright = ImageOps.exif_transpose(picture)
    upright.info = {}
    if form == "JPEG":
        upright.save(to, form, quality=QUALITY, optimize=True, **_only(kept, "icc_profile"))
    elif form == "WEBP":
        upright.save(to, form, quality=QUALITY, exif=b"", **_only(kept, "icc_profile"))
    elif form == "GIF":
        upright.save(to, form, **_only(kept, "transparency"))
    else:
        upright.save(to, form, **_only(kept, "icc_profile", "transparency"))
    return to.getvalue()


def _only(kept: dict[str, object], *names: str) -> dict[str, object]:
    return {name: kept[name] for name in names if name in kept}
