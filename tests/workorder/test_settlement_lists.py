import asyncio
import re
from ctypes import byref, c_size_t, create_string_buffer
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pypdfium2
import pytest
from pypdfium2 import raw

from chassis.errors import Unavailable
from chassis.printing import Printer
from services.workorder.domain.orders.line import LineKind, Origin, Payer
from services.workorder.models import Settlement, SettlementReversal
from services.workorder.printing import FOLDER
from services.workorder.service.money.settlement_list import TEMPLATE, list_of
from tests.calls import Caller
from tests.harness import AStore, Keys, bearer
from tests.workorder.billing import at, bill_line, bill_of, ready_order, settle, version_of
from tests.workorder.caller import line_body
from tests.workorder.quoting import problem

HOSTILE = '#王*小*明 _x_ $1$ <a> @b `c` //x \\u{41} "z" [y] #panic("no")'


def pages_of(pdf: bytes) -> list[str]:
    """The words of each page, in one line."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in document]


def kept(*lines: Any, **overrides: Any) -> Settlement:
    """A settlement as it is stored."""
    bill = bill_of(*lines).told()
    left = Decimal(bill["payers"]["customer"]) - 30
    content = {
        "number": 1, "settled_on": "2026-09-30", "settled_by": "CA01", "settled_at": "2026-09-30T08:00:00.000000+00:00",
        "currency": "CNY", "time_zone": "Asia/Shanghai", "paid": "30.00", "open": f"{left:.2f}", "old_parts": "taken",
        "guarantee": {"days": 10, "km": 2000, "text": "自竣工出厂之日起10日内"},
        "shop": {"code": "S1", "name": "某某汽车", "address": None, "phone": "0571-1", "licence_number": None,
                 "tax_number": None},
        "order": {"number": "RO1", "kind": "repair", "advisor": "SA01", "odometer_km": 63370, "complaint": None,
                  "opened_at": "2026-09-08T02:00:00.000000+00:00"},
        "customer": {"number": "C1", "name": HOSTILE, "payer_number": None, "invoice_title": None,
                     "drop_off_person": "李先生"},
        "vehicle": {"vin": "LSGXEGX97MY815823", "plate": "浙A12345", "model": "君威"},
        "times": {"promised_at": None, "ready_at": None, "left_at": None},
        **bill, **overrides,
    }  # fmt: skip
    return Settlement(number=1, content=content, content_hash="ab" * 32, reversal=None)


@pytest.fixture(scope="module")
def printer() -> Printer:
    return Printer(FOLDER)


async def printed(printer: Printer, settlement: Settlement) -> list[str]:
    return pages_of(await printer.print_pdf(TEMPLATE, list_of(settlement)))


async def test_what_people_wrote_prints_as_it_is(printer: Printer) -> None:
    [page] = await printed(printer, kept(bill_line(name=HOSTILE)))
    assert page.count(HOSTILE) == 2
    assert "浙A12345" in page


async def test_labour_is_price_times_hours_and_parts_tell_their_origin(printer: Printer) -> None:
    labour = bill_line(1, standard_hours=Decimal("0.35"), list_price=Decimal("75.00"), amount=Decimal("70.00"),
                       estimate=Decimal("75.00"), reason="等候过久")  # fmt: skip
    shares = {Payer.INSURER: Decimal("600.00"), Payer.CUSTOMER: Decimal("200.00")}
    part = bill_line(2, kind=LineKind.PART, code="P/1", name="蓄电池", origin=Origin.EQUIVALENT, standard_hours=None,
                     list_price=Decimal("400.00"), quantity=Decimal(2), amount=Decimal("800.00"),
                     estimate=Decimal("800.00"), payer=Payer.INSURER, shares=shares)  # fmt: skip
    fee = bill_line(3, kind=LineKind.FEE, name="施救费", standard_hours=None, payer=Payer.GOODWILL)
    [page] = await printed(printer, kept(labour, part, fee))
    assert "1 更换蓄电池 214.29 0.35 75.00 5.00 70.00 客户" in page
    assert "1 蓄电池 P/1 同质配件 2 400.00 800.00 客户 200.00 保险公司 600.00" in page
    assert "1 施救费 1 100.00 100.00 店方承担" in page
    assert "更换蓄电池 75.00 70.00 -5.00 等候过久" in page
    assert "贰佰柒拾元整 小写 270.00" in page
    assert "结算总额 970.00" in page
    assert "■ 客户带走" in page
    assert "□ 委托承修方处理" in page
    assert "已冲销" not in page


async def test_what_a_package_covers_is_told_and_not_asked_for_again(printer: Printer) -> None:
    [plain] = await printed(printer, kept(bill_line()))
    [page] = await printed(printer, kept(bill_line(), paid="0.00", open="20.00"))
    assert "套餐抵扣" not in plain
    assert "套餐抵扣 80.00" in page
    assert "贰拾元整" in page


async def test_a_long_list_goes_over_pages_with_its_heads_repeated(printer: Printer) -> None:
    lines = [bill_line(n, kind=LineKind.PART, code=f"P{n:03}", standard_hours=None) for n in range(1, 121)]
    pages = await printed(printer, kept(*lines))
    assert len(pages) > 2
    assert all(f"第 {n} 页 共 {len(pages)} 页" in page for n, page in enumerate(pages, start=1))
    assert all("机动车维修费用结算清单" in page and "工单号:RO1" in page for page in pages)
    assert sum("配件编号" in page for page in pages) >= len(pages) - 1
    assert set(re.findall(r"P\d{3}", " ".join(pages))) == {f"P{n:03}" for n in range(1, 121)}


async def test_a_reversed_list_says_so_on_every_page(printer: Printer) -> None:
    settlement = kept(*(bill_line(n) for n in range(1, 121)))
    settlement.reversal = SettlementReversal(reversed_at=datetime(2026, 10, 1, 2, tzinfo=UTC), reason="开错项目 #x")
    pages = await printed(printer, settlement)
    assert all("已冲销" in page for page in pages)
    assert "自 2026-10-01 10:00 起不再有效。原因:开错项目 #x" in pages[0]


def fonts_of(pdf: bytes) -> dict[str, int]:
    """How many bytes of each font the document brings along: none, where it counts on the reader to have it."""
    brought: dict[str, int] = {}
    name, size = create_string_buffer(128), c_size_t()
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            for written in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                font = raw.FPDFTextObj_GetFont(written.raw)
                raw.FPDFFont_GetBaseFontName(font, name, len(name))
                raw.FPDFFont_GetFontData(font, None, 0, byref(size))
                brought[name.value.decode()] = size.value if raw.FPDFFont_GetIsEmbedded(font) else 0
    return brought


async def test_fonts_are_embedded_as_far_as_they_are_used(printer: Printer) -> None:
    pdf = await printer.print_pdf(TEMPLATE, list_of(kept(bill_line())))
    [(font, size)] = fonts_of(pdf).items()
    assert re.fullmatch(r"[A-Z]{6}\+NotoSansSC-Regular", font)
    assert 10_000 < size < 100_000
    assert len(pdf) < 200_000


async def test_a_printer_that_has_too_much_to_do_says_so() -> None:
    printer = Printer(FOLDER, at_once=1, waiting=0)
    told = list_of(kept(bill_line()))
    first = asyncio.create_task(printer.print_pdf(TEMPLATE, told))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refusal:
        await printer.print_pdf(TEMPLATE, told)
    assert refusal.value.slug == "printer-busy"
    assert (await first).startswith(b"%PDF-")
    assert (await printer.print_pdf(TEMPLATE, told)).startswith(b"%PDF-")


async def test_an_old_list_prints_the_same_whatever_comes_later(
    manager: Caller, stranger: Caller, client: httpx.AsyncClient, keys: Keys, store: AStore
) -> None:
    await manager.patch("/v1/shop", {"name": "某某汽车销售服务有限公司"}, If_Match='"0"')
    order = await ready_order(manager, line_body(name="更换 #1 缸"))
    settled = await settle(manager, order)
    address = at(order, "settlements", 1, "list.pdf")
    first = await manager.get(address)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert first.headers["content-disposition"] == 'inline; filename="settlement-1.pdf"'
    [before] = pages_of(first.content)
    assert "某某汽车销售服务有限公司" in before
    assert "更换 #1 缸" in before
    await manager.patch("/v1/shop", {"name": "另一公司"}, If_Match='"1"')
    assert pages_of((await manager.get(address)).content) == [before]
    await manager.make(
        at(order, "reverse"),
        {"reason": "开错", "paid": (await manager.read(at(order, "balance")))["paid"]},
        If_Match=version_of(settled),
    )
    [after] = pages_of((await manager.get(address)).content)
    assert "已冲销" in after
    assert (await stranger.get(address)).status_code == 404
    assert (await manager.get(at(order, "settlements", 2, "list.pdf"))).status_code == 404
    assert problem(await manager.get(at(order, "settlements", 0, "list.pdf")))[0] in {400, 422}
    nobody = Caller(client, bearer(keys, "workorder", "customer", stores=[store]))
    assert (await nobody.get(address)).status_code == 403
