"""Bodies of files."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.representation import ResponseBody
from services.workorder.domain.files.file import PHOTOS_AT_MOST, Purpose


def _each_once(files: list[UUID]) -> list[UUID]:
    if len(set(files)) < len(files):
        raise ValueError("the same file twice")
    return files


Photos = Annotated[list[UUID], Field(max_length=PHOTOS_AT_MOST), AfterValidator(_each_once)]
"""Files of the order, in the order in which they are shown."""


class FileRead(ResponseBody):
    """`size` in bytes and `content_hash` (SHA-256) are of what is kept, which for a picture is not what was sent: it is
    made anew, without what it told of place, time and camera. Until `expires_at` the addresses need no token."""

    id: UUID
    order_id: UUID
    order_number: str
    purpose: Purpose
    content_type: str
    size: int
    content_hash: str
    width: int | None
    height: int | None
    uploaded_by: str
    created_at: datetime
    address: str
    preview_address: str | None
    expires_at: datetime
