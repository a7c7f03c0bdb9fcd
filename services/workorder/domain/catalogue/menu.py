"""What a menu may be made of."""

from collections.abc import Collection, Mapping, Sequence

from services.workorder.domain.refusals import WorkorderRefusal


class MenuComponentsRefused(WorkorderRefusal):
    status = 422
    slug = "menu-components-refused"
    title = "A menu consists of operations of the catalogue, each once"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


def require_components(codes: Sequence[str], known: Collection[str]) -> None:
    errors = []
    for place, code in enumerate(codes):
        if code not in known:
            problem = ("operation-unknown", f"the catalogue has no {code}")
        elif code in codes[:place]:
            problem = ("operation-repeated", f"{code} is in it already; say how many of it")
        else:
            continue
        errors.append({"pointer": f"/components/{place}/operation", "code": problem[0], "detail": problem[1]})
    if errors:
        raise MenuComponentsRefused("; ".join(error["detail"] for error in errors), errors)
