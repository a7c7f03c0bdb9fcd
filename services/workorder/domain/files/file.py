"""Files of an order: what each may be, which its content tells and never its name, and what is refused."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.workorder.domain.refusals import WorkorderRefusal


class Purpose(StrEnum):
    FINDING_PHOTO = "finding_photo"
    WALK_ROUND_PHOTO = "walk_round_photo"
    SIGNATURE = "signature"
    DOCUMENT = "document"


class Format(StrEnum):
    """What is taken in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"


class Variant(StrEnum):
    WHOLE = "whole"
    PREVIEW = "preview"


MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 52_000_000
"""What the cameras of phones make; taken apart it is 200 MB of memory."""
LONG_SIDE = 2560
PREVIEW_SIDE = 480
"""In pixels; no picture is made larger than it was."""
PHOTOS_AT_MOST = 12
"""Of one thing: a finding, an item, a mark."""

PICTURES = frozenset({Format.JPEG, Format.PNG, Format.WEBP})
TAKEN: Mapping[Purpose, frozenset[Format]] = {
    Purpose.FINDING_PHOTO: PICTURES,
    Purpose.WALK_ROUND_PHOTO: PICTURES,
    Purpose.SIGNATURE: PICTURES,
    Purpose.DOCUMENT: PICTURES | {Format.PDF},
}
PHOTOS = frozenset({Purpose.FINDING_PHOTO, Purpose.WALK_ROUND_PHOTO})


class FileTooLarge(WorkorderRefusal):
    status = 413
    slug = "file-too-large"
    title = "The file is larger than allowed"


class UploadTooSlow(WorkorderRefusal):
    status = 408
    slug = "upload-too-slow"
    title = "The file took too long to arrive"


class FileRefused(WorkorderRefusal):
    status = 422
    slug = "file-refused"
    title = "This kind of file is not taken here"


class PictureTooLarge(WorkorderRefusal):
    status = 422
    slug = "picture-too-large"
    title = "The picture has more pixels than allowed"


class PictureUnreadable(WorkorderRefusal):
    status = 422
    slug = "picture-unreadable"
    title = "The picture cannot be read"


class FileMissing(WorkorderRefusal):
    status = 422
    slug = "file-unusable"
    title = "A file that is named cannot be used here"


@dataclass(frozen=True)
class Sign:
    """Bytes at a place by which a format is known."""

    place: int
    content: bytes
    found: Format | str


_SIGNS = (
    Sign(0, b"\xff\xd8\xff", Format.JPEG),
    Sign(0, b"\x89PNG\r\n\x1a\n", Format.PNG),
    Sign(8, b"WEBP", Format.WEBP),
    Sign(0, b"%PDF-", Format.PDF),
    Sign(0, b"GIF8", "gif"),
    Sign(0, b"BM", "bmp"),
    Sign(0, b"II*\0", "tiff"),
    Sign(0, b"MM\0*", "tiff"),
    Sign(4, b"ftyphei", "heic"),
    Sign(4, b"ftyphev", "heic"),
    Sign(4, b"ftypmif1", "heic"),
    Sign(4, b"ftypavif", "avif"),
    Sign(4, b"ftyp", "video"),
    Sign(0, b"PK\x03\x04", "zip"),
    Sign(0, b"MZ", "program"),
    Sign(0, b"\x7fELF", "program"),
)
_LOOKED_AT = 1024


def found_in(content: bytes) -> Format | str:
    """What the content is; what is none of ours has a name too, since its sender is told."""
    if not content:
        return "empty"
    for sign in _SIGNS:
        if content.startswith(sign.content, sign.place):
            return sign.found
    head = content[:_LOOKED_AT].lower()
    if b"<svg" in head:
        return "svg"
    return "markup" if head.lstrip(b"\xef\xbb\xbf\t\r\n ").startswith(b"<") else "unknown"


def require_taken(purpose: Purpose, content: bytes) -> Format:
    """The format, when it is one that this purpose takes."""
    found, taken = found_in(content), TAKEN[purpose]
    if isinstance(found, Format) and found in taken and _is_whole(found, content):
        return found
    wanted = sorted(taken)
    broken = " that does not end as one" if isinstance(found, Format) and found in taken else ""
    detail = f"By its content it is {found}{broken}; a {purpose} is {', '.join(wanted[:-1])} or {wanted[-1]}"
    raise FileRefused(detail, found=str(found), wanted=wanted)


def _is_whole(found: Format, content: bytes) -> bool:
    """A picture shows when it is taken apart; of a document only the end is looked for."""
    return found is not Format.PDF or b"%%EOF" in content[-_LOOKED_AT:]


def require_size(size: int) -> None:
    if size > MOST_BYTES:
        raise FileTooLarge(f"A file has at most {MOST_BYTES} bytes; this one has {size}", limit=MOST_BYTES, size=size)


@dataclass(frozen=True)
class Kept:
    """A file as far as it matters where it is named: of which order, what for, and whether it is a picture."""

    order_id: UUID
    purpose: Purpose
    is_picture: bool


@dataclass(frozen=True)
class Named:
    """A file that a body names, and where it does."""

    file_id: UUID
    pointer: str


def require_usable(
    named: tuple[Named, ...], known: Mapping[UUID, Kept], order_id: UUID, purposes: frozenset[Purpose]
) -> None:
    """Each is a picture of this order and was handed in for this. `known` holds files of the store."""
    errors = []
    for each in named:
        kept = known.get(each.file_id)
        if kept is None or kept.order_id != order_id:
            fault = ("file-unknown", "the order has no such file")
        elif kept.purpose not in purposes or not kept.is_picture:
            fault = ("file-of-other-purpose", f"it is a {kept.purpose}, not a {' or '.join(sorted(purposes))}")
        else:
            continue
        errors.append({"pointer": each.pointer, "code": fault[0], "detail": fault[1]})
    if errors:
        detail = "; ".join(f"{error['pointer']}: {error['detail']}" for error in errors[:5])
        raise FileMissing(detail, errors=errors)


def require_unused(signed: Collection[UUID], quote_id: UUID | None) -> None:
    """`signed`: what a signature stands under already. Several decisions on one quote may share it."""
    if set(signed) - {quote_id}:
        fault = {"pointer": "/signature_id", "code": "signature-used", "detail": "it stands under something else"}
        raise FileMissing(f"{fault['pointer']}: {fault['detail']}", errors=[fault])
