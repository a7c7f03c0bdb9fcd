"""On whose behalf an import writes: remembered when it is accepted, made a principal again when it runs."""

import math
from typing import Any
from uuid import UUID

from chassis.auth import Principal, Store
from gateway.imports.models import DmsImport


def remembered(principal: Principal, store: Store) -> dict[str, Any]:
    """The caller with the rights he has now, in this store; a job has no token to ask again."""
    return {
        "subject": principal.subject,
        "kind": principal.kind,
        "name": principal.name,
        "roles": sorted(principal.roles),
        "employee": principal.employee,
        "store": {"id": str(store.id), "code": store.code, "time_zone": store.time_zone, "currency": store.currency},
    }


def caller_of(own: DmsImport) -> Principal:
    told = own.caller
    named = told["store"]
    store = Store(UUID(named["id"]), named["code"], named["time_zone"], named["currency"])
    return Principal(
        subject=told["subject"],
        kind=told["kind"],
        name=told["name"],
        roles=frozenset(told["roles"]),
        stores=(store,),
        store=store,
        employee=told["employee"],
        token_id=f"import-{own.id}",
        expires_at=math.inf,
    )
