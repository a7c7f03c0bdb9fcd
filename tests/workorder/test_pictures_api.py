"""What becomes of a picture that is handed in."""

import pytest

from services.workorder.domain.files.file import LONG_SIDE, PREVIEW_SIDE
from tests.calls import Caller
from tests.workorder.pictures import (
    PDF,
    SECRET_PLACE,
    SVG,
    a_picture,
    clear,
    opened,
    upload,
    with_a_place,
)
from tests.workorder.test_files_api import app, folder, order_id

__all__ = ["app", "folder", "order_id"]


async def test_a_photo_is_kept_smaller_with_a_preview(manager: Caller, order_id: str, customer: Caller) -> None:
    told = await upload(manager, order_id, a_picture((4000, 1000)))
    assert (told["content_type"], told["width"], told["height"]) == ("image/jpeg", LONG_SIDE, LONG_SIDE // 4)
    assert (told["order_id"], told["purpose"], told["uploaded_by"]) == (order_id, "finding_photo", "SA01")
    for address, side in ((told["address"], LONG_SIDE), (told["preview_address"], PREVIEW_SIDE)):
        shown = await customer.get(address)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert opened(shown.content).size == (side, side // 4)
    assert (await manager.read(f"/v1/files/{told['id']}"))["content_hash"] == told["content_hash"]
    assert [each["id"] for each in (await manager.read(f"/v1/repair-orders/{order_id}/files"))["items"]] == [told["id"]]


async def test_nothing_is_made_larger_than_it_was(manager: Caller, order_id: str) -> None:
    told = await upload(manager, order_id, a_picture((30, 20)))
    assert (told["width"], told["height"]) == (30, 20)


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
async def test_every_kind_of_picture_leaves_as_a_jpeg(manager: Caller, order_id: str, kind: str, mode: str) -> None:
    told = await upload(manager, order_id, a_picture(kind=kind, mode=mode))
    shown = opened((await manager.get(told["address"])).content)
    assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (64, 48))


async def test_what_is_seen_through_is_white(manager: Caller, order_id: str) -> None:
    told = await upload(manager, order_id, clear((20, 20)), "signature")
    assert opened((await manager.get(told["address"])).content).getpixel((5, 5)) == (255, 255, 255)


async def test_place_and_camera_are_gone_and_the_picture_stands_upright(manager: Caller, order_id: str) -> None:
    sent = with_a_place(orientation=6)
    assert SECRET_PLACE in sent
    assert b"Exif" in sent
    told = await upload(manager, order_id, sent)
    assert (told["width"], told["height"]) == (40, 80), "it was held upright"
    for address in (told["address"], told["preview_address"]):
        content = (await manager.get(address)).content
        assert SECRET_PLACE not in content
        assert b"Exif" not in content
        assert not opened(content).getexif()
        assert set(opened(content).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_what_hides_behind_a_picture_is_not_kept(manager: Caller, order_id: str) -> None:
    for hidden in (b"PK\x03\x04" + b"x" * 500, SVG, PDF):
        told = await upload(manager, order_id, a_picture() + hidden)
        assert hidden not in (await manager.get(told["address"])).content
