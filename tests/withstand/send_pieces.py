"""What children do with two sites: found them, build a package at one, send it to the other, look at both sides."""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def found_archives() -> str:
    """Make the archives' site; return the token for the unit's own site."""
    from lantai.base.actors import SYSTEM
    from lantai.exchange.services import add_token
    from lantai.people.services import add_account, grant_role

    found_unit()
    add_account(SYSTEM, "daguan", "移交账号", password="correct-horse-兰台")
    grant_role(SYSTEM, "daguan", "clerk", unit="MZJ")
    return add_token(SYSTEM, "daguan", "区民政局数字档案室", scopes=["desk"], unit="MZJ").secret


def found_unit() -> None:
    """Make a site with the unit and its fonds."""
    from tests.withstand.pieces import found

    found()


def build(megabytes: int) -> str:
    """File two letters, close their class, build the package of its hand-over; return the number."""
    from lantai.base.actors import SYSTEM
    from lantai.desk import services
    from lantai.desk.services import Where
    from lantai.desk.services import hand_over as making
    from lantai.desk.services.hand_over import Wanted
    from lantai.desk.services.hand_over_build import advance_hand_over
    from tests.filing import YEAR, close, said
    from tests.office import VALUES, brought, letter

    numbers = []
    for n in (1, 2):
        line = f"第{n}件水库移民安置方案的正文。\n".encode()
        text = line * (megabytes * 500_000 // len(line))
        values = {**VALUES, "title": f"关于第{n}批水库移民安置的通知", "date": f"{YEAR}0305", "pages": "1"}
        filing = letter(f"OA-{n}", values=values, components=(brought("正本", "正文.txt", text),))
        numbers.append(services.capture(SYSTEM, filing).number)
    items = services.form(SYSTEM, "MZJ", [[number] for number in numbers])
    (place,) = services.place(SYSTEM, "MZJ", items, Where(YEAR, "永久"))
    close(SYSTEM, place)
    number = making.begin(SYSTEM, "MZJ", [place])
    said(SYSTEM, number)
    making.order(SYSTEM, number, Wanted(description="文书档案"))
    assert advance_hand_over(number) == "built"
    return number


def send(number: str, address: str, token: str, rate: int) -> None:
    """Register the archives and begin to send."""
    from lantai.base.actors import SYSTEM
    from lantai.desk.services.sending import send_away
    from lantai.desk.services.targets import add_target

    send_away(SYSTEM, number, add_target(SYSTEM, "MZJ", "", address=address, token=token), rate=rate)


def hurry(number: str) -> None:
    """Try again at once."""
    from lantai.base.actors import SYSTEM
    from lantai.desk.services.sending import ask_now
    from lantai.kernel.errors import NotFound

    with suppress(NotFound):  # it may be over by now
        ask_now(SYSTEM, number)


def far(number: str) -> dict[str, Any]:
    """Return how far a sending is, and what the sender knows of it."""
    from lantai.base.actors import SYSTEM
    from lantai.desk import queries_hand_over as queries

    shown = queries.hand_over(SYSTEM, number)
    one = shown.sending
    assert one is not None
    told = {"state": one.state, "offset": one.offset, "size": one.size, "outcome": one.outcome}
    return {**told, "transfer": one.transfer, "sha512": shown.sha512, "problem": one.problem}


def there() -> dict[str, Any]:
    """Return the transfers and deliveries of the archives' site, and what uploads are left."""
    from lantai.base.home import home
    from lantai.desk.models import Delivery
    from lantai.ingest.models import Transfer

    rows = Transfer.objects.values_list("number", "state", "container_sha512")
    return {
        "transfers": [list(row) for row in rows],
        "deliveries": list(Delivery.objects.values_list("state", flat=True)),
        "uploads": len(list(home().inbox.glob("upload-*"))),
    }


def accept_there(number: str) -> None:
    """Accept the transfer, and sign the register for the archives."""
    from lantai.base.actors import SYSTEM
    from lantai.ingest.services import accept, sign_waiting

    sign_waiting(SYSTEM, number, note="看过")
    accept(SYSTEM, number)


def sign_there() -> bool:
    """Sign the register for the archives once it is drawn up; return whether it is."""
    from lantai.base.actors import SYSTEM
    from lantai.desk.models import Delivery
    from lantai.desk.services.deliveries import sign_delivery

    row = Delivery.objects.get()
    if not row.register:
        return False
    sign_delivery(SYSTEM, str(row.uuid))
    return True


def sign_here(number: str) -> bool:
    """Sign the register for the unit once it has come; return whether it has."""
    from lantai.base.actors import SYSTEM
    from lantai.desk.queries_hand_over import row_of
    from lantai.desk.services.hand_over_send import sign_register

    if not row_of(SYSTEM, number).register:
        return False
    sign_register(SYSTEM, number, "unit")
    return True


def register_here(number: str) -> dict[str, Any]:
    """Return digest and signatures of the register as the unit's site has it."""
    from lantai.base.actors import SYSTEM
    from lantai.desk.register import register

    told = register(SYSTEM, number)
    return {
        "sha512": told.sha512,
        "signed": sorted([one.side, one.entry, one.seal] for one in told.signatures),
    }


def register_there() -> dict[str, Any]:
    """Return digest and signatures of the register as the archives' site has it."""
    from lantai.desk.models import Delivery
    from lantai.desk.queries_deliveries import register_of

    told = register_of(Delivery.objects.get())
    return {
        "sha512": told.sha512,
        "signed": sorted([one.side, one.entry, one.seal] for one in told.signatures),
    }
