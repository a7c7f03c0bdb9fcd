"""Breaker, bulkhead, coalescing and stale answers, each told the time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gateway.resilience import Breaker, Bulkhead, Coalescer, Pass, Refused, StaleAnswers

Step = tuple[str, float, bool]

OPENED: list[Step] = [("fail", 0, True)] * 3
STORIES: dict[str, list[Step]] = {
    # (what happens, when, whether the breaker lets a call through)
    "failures below the threshold leave it closed": [("fail", 0, True), ("fail", 0, True), ("ok", 0, True)],
    "a success in between forgets the failures": [
        ("fail", 0, True), ("fail", 0, True), ("ok", 0, True), ("fail", 0, True), ("fail", 0, True), ("ok", 0, True),
    ],
    "failures in a row open it": [*OPENED, ("ok", 1, False), ("ok", 4.9, False)],
    "after the pause a good probe closes it": [*OPENED, ("ok", 5, True), ("fail", 5, True), ("ok", 5, True)],
    "after the pause a bad probe opens it again": [*OPENED, ("fail", 5, True), ("ok", 9.9, False), ("ok", 10, True)],
    "an abandoned probe makes room for another": [*OPENED, ("gone", 5, True), ("ok", 5, True), ("ok", 5, True)],
    "abandoned calls are neutral": [("fail", 0, True), ("fail", 0, True), ("gone", 0, True), ("ok", 0, True)],
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_a_breaker_follows_its_story(story: list[Step]) -> None:
    breaker = Breaker(threshold=3, open_seconds=5)
    for what, now, let_through in story:
        try:
            leave = breaker.admit(now)
        except Refused:
            assert not let_through
            continue
        assert let_through
        if what == "ok":
            breaker.succeeded(leave)
        elif what == "fail":
            breaker.failed(leave, now)
        else:
            breaker.abandoned(leave)


def test_a_half_open_breaker_lets_exactly_one_probe_through() -> None:
    breaker = _opened_at_zero()
    breaker.admit(5)
    with pytest.raises(Refused) as refused:
        breaker.admit(5)
    assert refused.value.retry_after == 1.0


def test_an_open_breaker_says_how_long_the_pause_still_lasts() -> None:
    with pytest.raises(Refused) as refused:
        _opened_at_zero().admit(2)
    assert refused.value.retry_after == 3


def test_calls_from_before_the_opening_no_longer_count() -> None:
    breaker = Breaker(threshold=2, open_seconds=5)
    slow = [breaker.admit(0) for _ in range(4)]
    breaker.failed(slow[0], 1)
    breaker.failed(slow[1], 1)
    breaker.failed(slow[2], 4)
    breaker.succeeded(slow[3])
    assert breaker.is_open
    assert breaker.admit(6) == Pass(1), "the late failure did not lengthen the pause, the late success did not end it"


def _opened_at_zero() -> Breaker:
    breaker = Breaker(threshold=1, open_seconds=5)
    breaker.failed(breaker.admit(0), 0)
    return breaker


async def test_a_bulkhead_lets_so_many_in_queues_so_many_and_refuses_the_rest() -> None:
    bulkhead, release = Bulkhead(permits=2, waiting=1), asyncio.Event()

    async def call() -> None:
        async with bulkhead:
            await release.wait()

    tasks = [asyncio.create_task(call()) for _ in range(4)]
    done, _ = await asyncio.wait(tasks, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    assert [type(task.exception()) for task in done] == [Refused]
    release.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with bulkhead:
        pass


async def test_cancelled_callers_leak_no_permit() -> None:
    bulkhead = Bulkhead(permits=3, waiting=500)

    async def call() -> None:
        async with bulkhead:
            await asyncio.sleep(0.01)

    for _ in range(20):
        tasks = [asyncio.create_task(call()) for _ in range(20)]
        await asyncio.sleep(0.001)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)
    async with asyncio.timeout(60), bulkhead, bulkhead, bulkhead:
        assert bulkhead._permits.locked()


def counted(seconds: float = 0.01) -> tuple[list[int], Callable[[], Coroutine[Any, Any, int]]]:
    calls: list[int] = []

    async def call() -> int:
        calls.append(1)
        await asyncio.sleep(seconds)
        return len(calls)

    return calls, call


async def test_callers_of_the_same_thing_share_one_call() -> None:
    coalescer, (calls, call) = Coalescer[int](), counted()
    answers = await asyncio.gather(*(coalescer.run("a", call) for _ in range(10)))
    assert answers == [1] * 10
    assert len(calls) == 1
    assert await coalescer.run("a", call) == 2, "a later caller gets a call of its own"


async def test_callers_of_different_things_share_nothing() -> None:
    coalescer, (calls, call) = Coalescer[int](), counted()
    await asyncio.gather(coalescer.run("a", call), coalescer.run("b", call))
    assert len(calls) == 2


async def test_one_caller_who_goes_does_not_take_the_call_from_the_others() -> None:
    coalescer, (calls, call) = Coalescer[int](), counted()
    first, second = (asyncio.create_task(coalescer.run("a", call)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 1
    assert first.cancelled()
    assert len(calls) == 1


async def test_the_call_ends_when_the_last_caller_has_gone() -> None:
    coalescer, ended = Coalescer[int](), asyncio.Event()

    async def call() -> int:
        try:
            await asyncio.sleep(600)
        finally:
            ended.set()
        return 1

    callers = [asyncio.create_task(coalescer.run("a", call)) for _ in range(3)]
    await asyncio.sleep(0.01)
    for caller in callers:
        caller.cancel()
    await asyncio.wait_for(ended.wait(), 60)
    assert len(coalescer) == 0


async def test_a_failure_reaches_every_caller_and_is_not_kept() -> None:
    coalescer = Coalescer[int]()

    async def call() -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    results = await asyncio.gather(*(coalescer.run("a", call) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError] * 3
    assert len(coalescer) == 0


def test_a_stale_answer_is_found_until_it_is_too_old() -> None:
    answers = StaleAnswers(seconds=60, max_bytes=100)
    answers.keep("a", b"{}", now=10)
    found = answers.find("a", now=70)
    assert found is not None
    assert (found.body, found.at) == (b"{}", 10)
    assert answers.find("a", now=70.1) is None
    assert answers.find("b", now=10) is None


def test_stale_answers_take_no_more_than_their_bytes() -> None:
    answers = StaleAnswers(seconds=60, max_bytes=10)
    for key in "abc":
        answers.keep(key, b"1234", now=0)
    assert [answers.find(key, 0) is not None for key in "abc"] == [False, True, True]
    answers.keep("c", b"1", now=0)
    answers.keep("d", b"12345", now=0)
    assert [answers.find(key, 0) is not None for key in "bcd"] == [True, True, True]
    answers.keep("e", b"x" * 11, now=0)
    assert answers.find("e", 0) is None
