"""The records of a CSV file, with bounds on every line, so that no file can make a process grow."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from gateway.dms.problems import refused

_LINE_CHARACTERS = 65_536


class Records:
    """Numbered records: row 1 is the file's first, as a spreadsheet counts them. Empty ones are passed over."""

    def __init__(self, path: Path, name: str, encoding: str, delimiter: str) -> None:
        self._path = path
        self._name = name
        self._encoding = encoding
        self._delimiter = delimiter
        self.characters = 0
        """Read so far."""

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        with self._path.open("r", encoding=self._encoding, errors="strict", newline="") as stream:
            reader = csv.reader(self._lines(stream.readline), delimiter=self._delimiter, strict=True)
            numbered = enumerate(reader, start=1)
            while True:
                try:
                    number, cells = next(numbered)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise refused("csv-broken", self._name, line=reader.line_num) from error
                if any(cells) and any(map(str.strip, cells)):
                    yield number, cells

    def _lines(self, readline: "_ReadLine") -> Iterator[str]:
        while line := readline(_LINE_CHARACTERS + 1):
            if len(line) > _LINE_CHARACTERS:
                raise refused("line-too-long", self._name)
            if line == "\x1a":
                return
            self.characters += len(line)
            yield line


class _ReadLine(Protocol):
    def __call__(self, size: int, /) -> str: ...
