"""Documents on paper: typst templates of a process, filled with data and never with markup, in fonts from a package."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import pylopdf_fonts_zh_cn
import typst

from chassis.errors import Unavailable

AT_ONCE = 2
WAITING = 20


class Printer:
    """A few at a time, on threads of its own, since a page takes longer than a request may hold up others."""

    def __init__(self, folder: Path, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._folder = folder
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="printer")
        self._places = asyncio.Semaphore(at_once + waiting)

    @cached_property
    def _fonts(self) -> typst.Fonts:
        """None of the system: the same list looks the same everywhere."""
        folder = str(pylopdf_fonts_zh_cn.sans_path().parent)
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])

    async def print_pdf(self, template: str, data: Mapping[str, Any]) -> bytes:
        """`template` is a file of the folder; fonts are embedded as far as their signs are used."""
        if self._places.locked():
            raise Unavailable("Too many documents are being printed", headers={"Retry-After": "2"}, slug="printer-busy")
        async with self._places:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._compiled, template, data)

    def _compiled(self, template: str, data: Mapping[str, Any]) -> bytes:
        made = typst.compile(
            str(self._folder / template), root=str(self._folder), font_paths=self._fonts, ignore_system_fonts=True,
            format="pdf", sys_inputs={"data": orjson.dumps(data).decode()},
        )  # fmt: skip
        return bytes(made)
