"""What every refusal of this domain has in common: a status, a stable slug and a title for the problem document."""

from typing import Any, ClassVar


class WorkorderRefusal(Exception):  # noqa: N818 - named after the rule that refuses
    """A rule says no. `members` are further members of the problem document."""

    status: ClassVar[int] = 409
    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "A rule of repair orders forbids this"

    def __init__(self, detail: str, **members: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail)
        self.members = members
