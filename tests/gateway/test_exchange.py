"""A caller's token becomes one that is good for one service, one store and one minute."""

import time
from dataclasses import replace
from uuid import UUID

import pytest

from chassis.auth import Principal, Store, Verifier
from chassis.errors import Unauthenticated
from gateway.exchange import TokenExchange, exchanged_claims
from tests.harness import Keys

ONE = Store(UUID(int=1), "S1", "Asia/Shanghai", "CNY", frozenset({"cashier"}), "E01")
TWO = Store(UUID(int=2), "S2", "Asia/Shanghai", "CNY", frozenset({"payroll_clerk"}), "E77", "二店")
CALLER = Principal("u1", "staff", "张", frozenset({"auditor"}), (ONE, TWO), None, None, "t1", 1e12)


def test_the_roles_and_the_number_are_those_of_the_chosen_store() -> None:
    claims = exchanged_claims(CALLER.at(TWO))
    assert (claims["roles"], claims["employee"]) == (["auditor", "payroll_clerk"], "E77")
    assert [(store["code"], store["name"]) for store in claims["stores"]] == [("S2", "二店")]


def test_for_no_store_in_particular_only_what_holds_everywhere_is_given() -> None:
    claims = exchanged_claims(CALLER)
    assert (claims["roles"], claims["employee"]) == (["auditor"], None)
    assert [store["code"] for store in claims["stores"]] == ["S1", "S2"]


def test_nobody_is_made_a_service() -> None:
    claims = exchanged_claims(replace(CALLER, roles=frozenset({"service", "dms"})))
    assert claims["roles"] == ["dms"]


def test_a_token_is_minted_once_and_again_shortly_before_it_ends(keys: Keys) -> None:
    now = time.time()
    exchange = TokenExchange(keys.signer("gateway"), lambda: now)
    first = exchange.authorization(CALLER.at(ONE), "survey")
    now += 44
    assert exchange.authorization(CALLER.at(ONE), "survey") == first
    now += 2
    assert exchange.authorization(CALLER.at(ONE), "survey") != first


def test_each_token_store_and_service_gets_its_own(keys: Keys) -> None:
    exchange = TokenExchange(keys.signer("gateway"))
    callers = [CALLER.at(ONE), CALLER.at(TWO), CALLER, replace(CALLER, token_id="t2").at(ONE)]
    minted = {exchange.authorization(caller, service) for caller in callers for service in ("survey", "payroll")}
    assert len(minted) == 8


def test_it_opens_only_the_service_it_is_for_and_only_for_a_minute(keys: Keys) -> None:
    now = time.time()
    token = TokenExchange(keys.signer("gateway"), lambda: now).authorization(CALLER.at(ONE), "survey")[7:]
    assert Verifier(keys.jwks, "survey").verify(token, now=now).employee == "E01"
    with pytest.raises(Unauthenticated):
        Verifier(keys.jwks, "payroll").verify(token, now=now)
    with pytest.raises(Unauthenticated):
        Verifier(keys.jwks, "survey").verify(token, now=now + 66)


def test_what_was_minted_is_kept_within_bounds(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.exchange._CACHED", 3)
    exchange = TokenExchange(keys.signer("gateway"))
    for number in range(10):
        exchange.authorization(replace(CALLER, token_id=str(number)), "survey")
    assert len(exchange._minted) == 3
