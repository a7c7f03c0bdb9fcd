"""The price list for customers over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Header, Response

from chassis.auth import allow
from chassis.errors import Language, language_of
from chassis.http import Router
from chassis.representation import Page, PageOf, QueryText
from services.workorder.domain.catalogue.price_list import Group, Listed, words
from services.workorder.domain.catalogue.pricing import Asked
from services.workorder.domain.orders.order import OrderKind
from services.workorder.endpoints.desk import CurrentDesk, document
from services.workorder.endpoints.roles import READERS
from services.workorder.schemas.catalogue.pricing import PriceListEntry
from services.workorder.service.catalogue import price_list
from services.workorder.service.desk import Desk

router = Router(tags=["prices"])


def _language(accept_language: Annotated[str | None, Header(max_length=500)] = None) -> Language:
    return language_of(accept_language)


CurrentLanguage = Annotated[Language, Depends(_language)]


def _asked(
    desk: CurrentDesk, day: date | None = None, model: QueryText | None = None, kind: OrderKind = OrderKind.REPAIR
) -> Asked:
    return price_list.asked_for(desk, day, model, kind)


PriceListOf = Annotated[Asked, Depends(_asked)]


@router.get("/v1/price-list", dependencies=[allow(*READERS)])
async def list_prices(
    desk: CurrentDesk,
    wish: PageOf,
    asked: PriceListOf,
    language: CurrentLanguage,
    *,
    response: Response,
    group: Group | None = None,
) -> Page[PriceListEntry]:
    """What a customer pays on a day for one of each, on cars of a model: menus, labour, parts and the rest.

    Menus for other models are left out, so a page may hold fewer than its limit.
    """
    found, following = await price_list.page_of_list(desk, wish, asked, group)
    response.headers["Vary"] = "Accept-Language"
    return Page(items=[_read(desk, each, language) for each in found], limit=wish.limit, next=following)


def _read(desk: Desk, each: Listed, language: Language) -> PriceListEntry:
    remark = each.unpriced and words(each.unpriced, language)
    return document(
        PriceListEntry, each, group_name=words(each.group, language), remark=remark, currency=desk.store.currency
    )


@router.get(
    "/v1/price-list/csv",
    dependencies=[allow(*READERS)],
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "the whole list, for a spreadsheet"}},
)
async def download_price_list(desk: CurrentDesk, asked: PriceListOf, language: CurrentLanguage) -> Response:
    return Response(
        await price_list.file_of_list(desk, asked, language),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="price-list-{asked.day}.csv"',
            "Vary": "Accept-Language",
            "Content-Language": language,
        },
    )
