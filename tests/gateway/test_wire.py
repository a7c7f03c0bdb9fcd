"""Kept connections: used again, given up when they are dead, and never shared by two calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from gateway.upstream import Call, Upstream
from gateway.wire import Wire, WireBroken

ASKED = b"GET /x HTTP/1.1\r\nhost: there\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
PATIENCE = 60.0
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


@asynccontextmanager
async def a_server(script: Script) -> AsyncIterator[tuple[str, list[int]]]:
    """Its address, and the numbers of the connections it took."""
    taken: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(len(taken))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await script(reader, writer, taken[-1])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", taken
    finally:
        server.close()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    made = Wire(idle_seconds=600, connect_seconds=PATIENCE)
    yield made
    made.close()


def always(*pieces: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _number: int) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

    return script


async def test_one_connection_serves_call_after_call(wire: Wire) -> None:
    async with a_server(always(OK)) as (base, taken):
        for _ in range(3):
            answer = await wire.fetch(base, ASKED, PATIENCE)
            assert (answer.status, answer.content_type, answer.body) == (200, "application/json", b"{}")
        assert taken == [0]


async def test_calls_at_once_have_a_connection_each(wire: Wire) -> None:
    asked: list[int] = []
    all_have_asked = asyncio.Barrier(3)

    async def answers_all_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            asked.append(number)
            if len(asked) > 1:
                await all_have_asked.wait()
            writer.write(OK)

    async with a_server(answers_all_at_once) as (base, taken), asyncio.timeout(PATIENCE):
        await wire.fetch(base, ASKED, PATIENCE)
        await asyncio.gather(*(wire.fetch(base, ASKED, PATIENCE) for _ in range(3)))
        assert taken == [0, 1, 2]


async def test_an_answer_may_come_in_chunks_and_in_pieces(wire: Wire) -> None:
    head = b"HTTP/1.1 404 Not Found\r\nTransfer-Enc"
    rest = b"oding: chunked\r\n\r\n3\r\nabc\r\n"
    async with a_server(always(head, rest, b"2\r\nde\r\n0\r\n\r\n")) as (base, _):
        answer = await wire.fetch(base, ASKED, PATIENCE)
        assert (answer.status, answer.body) == (404, b"abcde")


async def test_a_kept_connection_that_turns_out_dead_costs_no_call(wire: Wire) -> None:
    async def one_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        if number == 0:
            await reader.readuntil(b"\r\n\r\n")

    async with a_server(one_each) as (base, taken):
        assert (await wire.fetch(base, ASKED, PATIENCE)).status == 200
        assert (await wire.fetch(base, ASKED, PATIENCE)).status == 200
        assert taken == [0, 1]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", b"SSH-2.0-OpenSSH\r\n\r\n", b""])
async def test_what_is_no_whole_answer_is_a_failure_and_asked_for_once(wire: Wire, answer: bytes) -> None:
    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with a_server(broken) as (base, taken):
        with pytest.raises(WireBroken) as caught:
            await wire.fetch(base, ASKED, PATIENCE)
        assert (caught.value.reached, caught.value.timed_out, taken) == (True, False, [0])


async def test_after_a_call_that_was_given_up_the_next_has_a_connection_of_its_own(wire: Wire) -> None:
    async def first_two_are_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            if number >= 2:
                writer.write(OK)

    async with a_server(first_two_are_silent) as (base, taken):
        with pytest.raises(WireBroken) as caught:
            await wire.fetch(base, ASKED, 0.05)
        assert caught.value.timed_out
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await wire.fetch(base, ASKED, PATIENCE)
        assert (await wire.fetch(base, ASKED, PATIENCE)).status == 200
        assert taken == [0, 1, 2]


async def test_nobody_listens(wire: Wire) -> None:
    async with a_server(always(OK)) as (base, _):
        pass
    with pytest.raises(WireBroken) as caught:
        await wire.fetch(base, ASKED, PATIENCE)
    assert not caught.value.reached


async def test_a_line_break_cannot_make_a_header_of_its_own() -> None:
    upstream = Upstream({"customer": "http://127.0.0.1:1"}, permits=1, waiting=1)
    call = Call("customer", "overview", "GET", "/x", [("x-store", "S1\r\nx-admin: yes")], 1)
    with pytest.raises(ValueError, match="line break"):
        await upstream.fetch(call)
    await upstream.close()
