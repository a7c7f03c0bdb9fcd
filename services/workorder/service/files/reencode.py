"""A program of its own, which knows nothing of the service: a picture comes in, and leaves as a JPEG without metadata.

`python reencode.py FORMAT MOST_PIXELS LONG_SIDE PREVIEW_SIDE`, the picture on standard input. On standard output a
line of JSON, then the picture and its preview: `{"width", "height", "lengths"}`, or `{"refused"}` with `detail` and
no more. Time and memory of the process are bounded: a picture made to be expensive costs this process and nobody else.
"""

import contextlib
import io
import json
import resource
import sys
import warnings
from typing import Any

from PIL import Image, ImageOps

MEMORY_BYTES = 1 << 30
PROCESSOR_SECONDS = 20
_QUALITY = 85


def bound() -> None:
    """Where the system knows such bounds."""
    for kind, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, PROCESSOR_SECONDS)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def developed(content: bytes, named: str, most_pixels: int, sides: tuple[int, int]) -> tuple[dict[str, Any], bytes]:
    """The first line and what follows it."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = most_pixels
    try:
        with Image.open(io.BytesIO(content), formats=[named.upper()]) as picture:
            flat = _flat(_upright(_within(picture, sides[0])))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return {"refused": "too-large"}, b""
    except Exception as error:  # noqa: BLE001 - whatever a broken picture makes of its decoder
        return {"refused": "unreadable", "detail": type(error).__name__}, b""
    (width, height), whole = flat.size, _written(flat)
    preview = _written(_within(flat, sides[1]))
    return {"width": width, "height": height, "lengths": [len(whole), len(preview)]}, whole + preview


def _within(picture: Image.Image, side: int) -> Image.Image:
    """Colours of a palette are looked up first: in between two of them lies no third."""
    if picture.mode == "P":
        picture = picture.convert("RGBA")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    picture.load()
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """As the camera was held; what is written of that may be broken while the picture is not."""
    with contextlib.suppress(Exception):
        return ImageOps.exif_transpose(picture)
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """Pixels on white ground and nothing else: a new picture has no notes, profiles or places to take along."""
    ground = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        ground.paste(seen, mask=seen.getchannel("A"))
    else:
        ground.paste(picture.convert("RGB"))
    return ground


def _written(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def main() -> None:
    bound()
    named, most_pixels, long_side, preview_side = sys.argv[1], *map(int, sys.argv[2:5])
    told, following = developed(sys.stdin.buffer.read(), named, most_pixels, (long_side, preview_side))
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + following)


if __name__ == "__main__":
    main()
