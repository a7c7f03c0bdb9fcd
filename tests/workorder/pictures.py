"""Pictures as phones make them, and as nobody should."""

import io
import random
import struct
import zlib
from typing import Any

import httpx
from PIL import Image

from tests.calls import Caller

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SECRET_PLACE = b"Aftermile-Camera-31.2304N"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def a_picture(size: tuple[int, int] = (64, 48), kind: str = "JPEG", mode: str = "RGB", **saved: Any) -> bytes:
    """Of noise from the size, so that two sizes never make one file."""
    noise = random.Random(repr(size)).randbytes(size[0] * size[1] // 16 or 1)
    small = Image.frombytes("L", (len(noise), 1), noise)
    written = io.BytesIO()
    small.resize(size).convert(mode).save(written, kind, **saved)
    return written.getvalue()


def clear(size: tuple[int, int]) -> bytes:
    """What a canvas gives before anyone has drawn on it."""
    written = io.BytesIO()
    Image.new("RGBA", size, (0, 0, 0, 0)).save(written, "PNG")
    return written.getvalue()


def with_a_place(orientation: int = 6) -> bytes:
    """It was made at a place, by a camera of a make, held upright."""
    exif = Image.Exif()
    exif[MAKE] = SECRET_PLACE.decode()
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS)[2] = (31.0, 13.0, 49.0)
    return a_picture((80, 40), exif=exif.tobytes(), comment=SECRET_PLACE, icc_profile=SECRET_PLACE * 8)


def claims(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and has no such content."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def a_bomb() -> bytes:
    """81 million pixels in a few kilobytes."""
    written = io.BytesIO()
    Image.new("1", (9000, 9000)).save(written, "PNG")
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


async def send(
    caller: Caller, order_id: str, content: bytes, purpose: str = "finding_photo", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    parameters = {"order_id": order_id, "purpose": purpose}
    return await caller.client.post(
        "/v1/files", params=parameters, content=content, headers={**caller.headers, **named}
    )


async def upload(
    caller: Caller, order_id: str, content: bytes | None = None, purpose: str = "finding_photo", **headers: str
) -> dict[str, Any]:
    response = await send(caller, order_id, a_picture() if content is None else content, purpose, **headers)
    assert response.status_code == 201, response.text
    told: dict[str, Any] = response.json()
    return told
