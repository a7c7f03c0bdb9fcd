"""Where pictures are developed: each in a process of its own, few at a time, none for long."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from chassis.errors import Unavailable
from services.workorder.domain.files.file import (
    LONG_SIDE,
    MOST_PIXELS,
    PREVIEW_SIDE,
    Format,
    PictureTooLarge,
    PictureUnreadable,
)

AT_ONCE = 2
SECONDS = 30.0
PATIENCE_SECONDS = 20.0
"""So long a picture waits for its place, then whoever sent it is asked to come again."""
_PROGRAM = Path(__file__).with_name("reencode.py")
_SIZES = tuple(map(str, (MOST_PIXELS, LONG_SIDE, PREVIEW_SIDE)))
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Developed:
    """Two JPEGs, and the size of the first in pixels."""

    whole: bytes
    preview: bytes
    width: int
    height: int


class Darkroom:
    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self.running = 0
        self.most_running = 0

    async def develop(self, content: bytes, given: Format) -> Developed:
        """Raises PictureTooLarge or PictureUnreadable, and Unavailable where no place becomes free."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._places.acquire()
        except TimeoutError as error:
            raise Unavailable("Too many pictures wait", headers={"Retry-After": "5"}, slug="uploads-busy") from error
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            return _read(await _answer_to(content, given))
        finally:
            self.running -= 1
            self._places.release()


async def _answer_to(content: bytes, given: Format) -> bytes:
    """Nothing of our environment goes along, which holds every secret of the process."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PROGRAM), given, *_SIZES, env=kept, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            answer, _ = await child.communicate(content)
    except TimeoutError as error:
        raise PictureUnreadable(f"It takes longer than {SECONDS:.0f} seconds") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return answer


def _read(answer: bytes) -> Developed:
    head, _, following = answer.partition(b"\n")
    if not head:
        raise PictureUnreadable("It takes more memory or time than a picture may")
    told: Mapping[str, Any] = orjson.loads(head)
    if told.get("refused") == "too-large":
        raise PictureTooLarge(f"A picture has at most {MOST_PIXELS} pixels", limit=MOST_PIXELS)
    if "refused" in told:
        raise PictureUnreadable(f"It is damaged or incomplete ({told['detail']})")
    length = told["lengths"][0]
    return Developed(following[:length], following[length:], told["width"], told["height"])
