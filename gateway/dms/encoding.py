"""Whether a file is text, and in which encoding: decided by decoding all of it, strictly, in blocks."""

import codecs
import re
from pathlib import Path

from gateway.dms.problems import refused

_BLOCK = 1 << 20
_CANDIDATES = ("utf-8", "gb18030")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1b-\x1f\x7f]")
"""Never part of a character in UTF-8 or GB18030, so that bytes can be searched; DOS's end-of-file mark is let pass."""


def encodings_of(path: Path, name: str) -> list[str]:
    """The encodings that fit, likeliest first. Raises ExportRefused for what is no text, or has lines without end."""
    with path.open("rb") as stream:
        if stream.read(3) == codecs.BOM_UTF8:
            candidates: tuple[str, ...] = ("utf-8-sig",)
        else:
            candidates = _CANDIDATES
    fitting = {candidate: codecs.getincrementaldecoder(candidate)("strict") for candidate in candidates}
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            _check_block(block, name)
            _decode(fitting, block, final=False)
            if not fitting:
                break
    _decode(fitting, b"", final=True)
    if not fitting:
        raise refused("not-text", name)
    return list(fitting)


def _check_block(block: bytes, name: str) -> None:
    if b"\0" in block:
        raise refused("nul-bytes", name)
    if found := _CONTROL.search(block):
        raise refused("control-characters", name, byte=f"0x{found[0][0]:02X}")
    if len(block) == _BLOCK and b"\n" not in block and b"\r" not in block:
        raise refused("line-too-long", name)


def _decode(fitting: dict[str, codecs.IncrementalDecoder], block: bytes, *, final: bool) -> None:
    """Drops the decoders that the block does not fit."""
    for name, decoder in list(fitting.items()):
        try:
            decoder.decode(block, final)
        except UnicodeDecodeError:
            del fitting[name]
