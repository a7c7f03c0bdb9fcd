"""Who watches the processes: restarts with growing delay, and an orderly end."""

from dataclasses import dataclass, field

import pytest

from aftermile.supervisor import FIRST_DELAY, LONGEST_DELAY, STABLE_SECONDS, Supervisor


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class FakeProcess:
    name: str
    journal: list[str]
    pid: int | None = None
    starts: list[float] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    obeys: bool = True
    fails: bool = False

    def start(self) -> None:
        self.starts.append(self.clock.seconds)
        if self.fails:
            raise OSError("no memory")
        self.pid = 1

    def request_stop(self) -> None:
        self.journal.append(f"stop {self.name}")
        self.pid = None if self.obeys else self.pid

    def kill(self) -> None:
        self.journal.append(f"kill {self.name}")
        self.pid = None

    def is_ready(self) -> bool:
        return self.pid is not None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(clock: Clock, told: list[str]) -> Supervisor:
    return Supervisor(told.append, clock)


def run_until(supervisor: Supervisor, clock: Clock, end: float, *, dying: FakeProcess | None = None) -> None:
    while clock.seconds < end:
        supervisor.look()
        if dying is not None:
            dying.pid = None
        clock.seconds += 0.25


def test_what_dies_again_and_again_is_started_ever_more_slowly(supervisor: Supervisor, clock: Clock) -> None:
    process = FakeProcess("survey", [], clock=clock)
    supervisor.start(process, 0)
    process.pid = None
    run_until(supervisor, clock, 200, dying=process)
    waits = [later - earlier for earlier, later in zip(process.starts, process.starts[1:], strict=False)]
    assert waits[:4] == pytest.approx([FIRST_DELAY, 1.25, 2.25, 4.25], abs=0.3)
    assert max(waits) <= LONGEST_DELAY + 0.5
    assert supervisor.restarts("survey") == len(process.starts) - 1


def test_what_ran_for_long_is_started_at_once_again(supervisor: Supervisor, clock: Clock) -> None:
    process = FakeProcess("survey", [], clock=clock)
    supervisor.start(process, 0)
    process.pid = None
    run_until(supervisor, clock, 20, dying=process)
    run_until(supervisor, clock, 40)
    clock.seconds += STABLE_SECONDS
    process.pid = None
    died = clock.seconds
    run_until(supervisor, clock, died + 2)
    assert process.starts[-1] - died == pytest.approx(FIRST_DELAY, abs=0.3)


def test_a_start_that_fails_is_told_and_tried_again(supervisor: Supervisor, clock: Clock, told: list[str]) -> None:
    process = FakeProcess("survey", [], clock=clock)
    supervisor.start(process, 0)
    process.pid, process.fails = None, True
    run_until(supervisor, clock, 3)
    assert "survey did not start: no memory" in told
    process.fails = False
    run_until(supervisor, clock, 10)
    assert process.pid is not None


def test_the_end_goes_from_the_last_stage_to_the_first(supervisor: Supervisor) -> None:
    journal: list[str] = []
    for stage, name in enumerate(("postgres", "survey", "gateway")):
        supervisor.start(FakeProcess(name, journal), stage)
    supervisor.stop(lambda: False)
    assert journal == ["stop gateway", "stop survey", "stop postgres"]


def test_a_second_ctrl_c_kills_what_has_not_ended(supervisor: Supervisor) -> None:
    journal: list[str] = []
    supervisor.start(FakeProcess("survey", journal, obeys=False), 0)
    supervisor.stop(lambda: True)
    assert journal == ["stop survey", "kill survey"]
