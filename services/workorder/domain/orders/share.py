"""Who pays a line: one payer all of it, or several their shares, which sum to it to the cent."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from services.workorder.domain.orders.line import Payer
from services.workorder.domain.refusals import WorkorderRefusal

Shares = Mapping[Payer, Decimal]


class SharesRefused(WorkorderRefusal):
    status = 422
    slug = "shares-refused"
    title = "The payers' shares do not make up the line"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail)
        self.errors = errors


def share_of(whose: Payer, payer: Payer, amount: Decimal, shares: Shares | None) -> Decimal:
    """What one of the payers pays of a line."""
    if shares is not None:
        return shares.get(whose, Decimal(0))
    return amount if whose is payer else Decimal(0)


def require_sound_shares(splits: Sequence[tuple[str, Payer, Decimal, Shares | None]]) -> None:
    """Of each line: where it stands in the body, its payer, its amount, its shares. All faults are told at once."""
    found = ((at, _fault(payer, amount, shares)) for at, payer, amount, shares in splits if shares is not None)
    errors = [
        {"pointer": f"{at}/shares", "code": fault[0], "detail": fault[1]} for at, fault in found if fault is not None
    ]
    if errors:
        raise SharesRefused("; ".join(f"{each['pointer']}: {each['detail']}" for each in errors), errors)


def _fault(payer: Payer, amount: Decimal, shares: Shares) -> tuple[str, str] | None:
    total = sum(shares.values(), Decimal(0))
    if any(share <= 0 for share in shares.values()):
        return "share-not-positive", "each share is above zero"
    if payer not in shares:
        return "payer-without-share", f"{payer} is named as payer and has no share"
    if total != amount:
        return "shares-do-not-sum", f"the shares are {total} together, the line is {amount}"
    return None


def shares_told(shares: Shares | None) -> dict[str, str] | None:
    """As stored and shown: exact text by payer."""
    return None if shares is None else {str(payer): f"{share:.2f}" for payer, share in sorted(shares.items())}


def shares_read(told: Mapping[str, str] | None) -> Shares | None:
    return None if told is None else {Payer(payer): Decimal(share) for payer, share in told.items()}
