"""Four eyes: what decides pay counts only once somebody other than its author has looked at it."""

from dataclasses import dataclass

from .errors import PayrollRefusal


class SecondPersonNeeded(PayrollRefusal):
    status = 409
    slug = "second-person-needed"
    title = "Somebody other than its author has to look at it"


class ReasonNotNeeded(PayrollRefusal):
    slug = "alone-because-not-needed"
    title = "Only who looks at his own work says why he is alone"


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at something, and what he says. `may_act_alone`: whoever sets a shop up may be the only one there."""

    by: str
    note: str
    alone_because: str | None = None
    may_act_alone: bool = False


def check_second_person(author: str, look: Look) -> None:
    """The author himself only where he may act alone, and says why; what he says is kept beside the look."""
    if look.by != author:
        if look.alone_because is not None:
            raise ReasonNotNeeded(f"作者是 {author} / the author is {author}")
        return
    if not (look.may_act_alone and look.alone_because):
        raise SecondPersonNeeded(f"作者是 {author},须由另一人 / {author} is its author: somebody else has to")
