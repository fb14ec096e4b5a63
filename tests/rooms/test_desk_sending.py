"""A package goes to archives elsewhere: broken off, gone on with, taken once, told of, signed by both sides.

Here one site plays both sides and the line between them is the test's: it breaks when it is told to. Two real sites
that are killed stand in tests/withstand.
"""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.cli.main import main
from lantai.desk import away, queries_deliveries, queries_sending, register, worklist
from lantai.desk import queries_hand_over as queries
from lantai.desk.away import Address, Away, address_of
from lantai.desk.handing import RegisterView, Signed
from lantai.desk.models import Delivery, HandOver, Sending, Target
from lantai.desk.queries_seals import known_of
from lantai.desk.services import deliveries, moving, sending, sending_work, targets
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_build as building
from lantai.desk.services import hand_over_mend as mending
from lantai.desk.services import hand_over_send as leaving
from lantai.desk.services.hand_over import Wanted
from lantai.desk.services.sending import Pace
from lantai.desk.services.sending_work import Clock, advance_sendings
from lantai.exchange.services import add_token
from lantai.ingest import queries as ingest
from lantai.ingest.models import Transfer
from lantai.ingest.services import accept, return_to_sender, sign_waiting
from lantai.ingest.steps import collect_inbox
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound, Unavailable
from lantai.ledger import queries as ledger
from lantai.ledger.queries_seals import own_keys
from lantai.people.models import Unit
from lantai.site.work import settle
from tests.filing import closed_class, said

ADDRESS = "https://da.yunling.example"


@dataclass
class Line:
    """What happens to the next requests: ``before`` and ``after`` are asked with method and path, and may raise.

    ``answer`` may tell something else than the other site.
    """

    before: Callable[[str, str], None] = lambda method, path: None
    after: Callable[[str, str], None] = lambda method, path: None
    answer: Callable[[str, str, dict[str, Any]], dict[str, Any]] = lambda method, path, told: told
    asked: list[tuple[str, str]] = field(default_factory=list)
    cut: int = 0


def broken(*told: Any) -> None:
    raise Unavailable("desk.away.unreachable", address=ADDRESS, reason="Connection reset by peer")


class Inside(Away):
    """The archives' site, asked without a socket."""

    line = Line()

    def _asked(self, method: str, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
        self.line.asked.append((method, path.split("?")[0]))
        self.line.before(method, path)
        data = body if isinstance(body, bytes) or body is None else b""
        if body is not None and not isinstance(body, bytes):
            length = int(headers["Content-Length"])
            while len(data) < length and (chunk := body.read(1000)):
                data += chunk
            if self.line.cut:
                data, self.line.cut = data[: self.line.cut], 0
                headers = {**headers, "Content-Length": str(len(data))}
        kind = headers.get("Content-Type", "application/json")
        told = {"Authorization": f"Bearer {self._token}", **headers}
        answer = Client().generic(method, f"/api/v1/{path}", data or b"", kind, headers=told)
        self.line.after(method, path)
        return self.line.answer(method, path, away._read(ADDRESS, answer.status_code, answer.content))


@dataclass
class Hands:
    """A clock that the test moves; resting moves it, too."""

    moment: datetime = datetime(2026, 3, 1, 8, tzinfo=UTC)
    since: float = 0.0
    rested: float = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(
            lambda: datetime.now(UTC) + (self.moment - datetime(2026, 3, 1, 8, tzinfo=UTC)),
            lambda: self.since,
            self.rest,
        )

    def rest(self, seconds: float) -> None:
        self.rested += seconds
        self.since += seconds

    def later(self, hours: float = 1) -> None:
        self.moment += timedelta(hours=hours)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """Ask the one site as if it were another."""
    made = Line()
    monkeypatch.setattr(Inside, "line", made)
    for module in (targets, sending_work):
        monkeypatch.setattr(module, "Away", Inside)
    monkeypatch.setattr(sending_work, "PIECE", 700)
    yield made


def token(scopes: tuple[str, ...] = ("desk",), unit: str = "MZJ") -> str:
    return add_token(SYSTEM, "shenwen", "区民政局数字档案室", scopes=scopes, unit=unit).secret


def target(clerk: Actor) -> str:
    return targets.add_target(clerk, "MZJ", "区档案馆", address=ADDRESS, token=token())


def built(actor: Actor, count: int = 3) -> str:
    number = making.begin(actor, "MZJ", [closed_class(actor, count)])
    said(actor, number)
    making.order(actor, number, Wanted(description="文书档案，永久"))
    building.advance_hand_over(number)
    assert queries.hand_over(actor, number).line.state == "built"
    return number


def shown(actor: Actor, number: str) -> queries_sending.SendingView:
    found = queries.hand_over(actor, number).sending
    assert found is not None
    return found


def moved(hands: Hands, turns: int = 1) -> None:
    """Let both sides work, an hour later each time."""
    for _ in range(turns):
        hands.later()
        deliveries.advance_deliveries((), lambda: True)
        advance_sendings((), clock=hands.clock)


def arrived(hands: Hands, actor: Actor, number: str) -> str:
    """Let it arrive and be checked; return the number of the transfer."""
    moved(hands, 3)
    settle()
    moved(hands)
    told = shown(actor, number)
    assert (told.state, told.outcome) == ("delivered", "checking"), told
    return told.transfer


def test_an_address_is_one_that_a_token_may_travel_to() -> None:
    assert str(address_of(" https://da.example.cn:8443/lantai/ ")) == "https://da.example.cn:8443/lantai"
    assert str(address_of("http://[::1]:8000")) == "http://[::1]:8000"
    assert address_of("http://127.0.0.1:8000") == Address(False, "127.0.0.1", 8000, "")
    for wrong in (
        "da.example.cn",
        "ftp://x",
        "https://u:p@x",
        "https://x?a=1",
        "https://x:99999",
        "https://局.cn",
        "https://",
    ):
        with pytest.raises(Invalid) as refused:
            address_of(wrong)
        assert refused.value.code == "desk.away.address"
    with pytest.raises(Invalid) as open_:
        address_of("http://da.example.cn")
    assert open_.value.code == "desk.away.insecure"


def test_a_target_is_tried_before_it_is_kept(cast: dict[str, Actor], line: Line) -> None:
    clerk = cast["沈文"]
    made = target(clerk)
    (one,) = queries_sending.targets(clerk)
    assert (one.archives, one.their_unit, one.their_name) == ("云岭区档案馆", "MZJ", "区民政局")
    path = home().keys / "targets" / f"{made}.token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    given_for, secret = path.read_text("ascii").split()
    assert given_for == ADDRESS
    kept = json.dumps([entry.data for entry in ledger.history([f"urn:uuid:{made}"])])
    assert secret not in kept and "lantai_" not in kept
    assert queries_sending.targets(cast["他局"]) == []
    for wrong, code in ((token(("capture",)), "desk.away.token"), ("lantai_x_y", "desk.away.token")):
        with pytest.raises(Forbidden) as refused:
            targets.add_target(clerk, "MZJ", "另一处", address=ADDRESS, token=wrong)
        assert refused.value.code == code
    line.before = broken
    with pytest.raises(Unavailable):
        targets.add_target(clerk, "MZJ", "另一处", address=ADDRESS, token=token())
    line.before = Line().before
    with pytest.raises(Conflict):
        targets.add_target(clerk, "MZJ", "区档案馆", address=ADDRESS, token=token())
    with pytest.raises(Forbidden):
        targets.add_target(cast["他局"], "MZJ", "", address=ADDRESS, token=token())
    with pytest.raises(Invalid) as again:
        targets.change_target(clerk, made, address="https://elsewhere.example")
    assert again.value.code == "desk.target.token_again"
    assert len(list((home().keys / "targets").iterdir())) == 1, "what was refused leaves no token behind"
    line.asked.clear()
    Target.objects.update(address="https://elsewhere.example")  # as where a change was killed half way
    with pytest.raises(Unavailable, match=r"desk\.away\.token_lost"):
        targets.change_target(clerk, made, address="https://elsewhere.example")
    assert not line.asked, "a token goes to the address for which it was given, and nowhere else"
    targets.change_target(clerk, made, address="https://elsewhere.example", token=token())
    targets.end_target(clerk, made)
    assert queries_sending.targets(clerk) == [] and not path.exists()


def test_it_goes_on_where_the_line_broke_and_is_one_transfer(cast: dict[str, Actor], line: Line) -> None:
    clerk, hands = cast["沈文"], Hands()
    number = built(clerk)
    size = queries.hand_over(clerk, number).size
    assert size > 5_000
    sending.send_away(clerk, number, target(clerk))
    assert queries.hand_over(clerk, number).line.outcome == "sent"
    line.after = lambda method, path: broken() if method == "POST" else None
    moved(hands)
    told = shown(clerk, number)
    assert told.problem and told.problem["code"] == "desk.away.unreachable" and told.tries == 1
    advance_sendings((), clock=Hands().clock)
    assert shown(clerk, number).tries == 1, "not before its time"
    line.after = Line().after
    offsets = []
    line.cut = 333

    def sometimes(method: str, path: str) -> None:
        if method == "PATCH":
            offsets.append(Sending.objects.get().offset)
            if len(offsets) % 3 == 0:
                broken()

    line.before = sometimes
    moved(hands, 20)
    assert offsets == sorted(offsets) and 333 in offsets
    assert len(offsets) <= size // 700 + 2 + len(offsets) // 3 + 1, "what has arrived is not sent again"
    line.before = Line().before
    line.after = lambda method, path: broken() if method == "PUT" else None
    moved(hands, 4)
    assert Transfer.objects.count() == 1, "the answer was lost, the transfer is there"
    line.after = Line().after
    moved(hands, 2)
    told = shown(clerk, number)
    assert told.state == "delivered" and told.transfer == Transfer.objects.get().number
    assert (
        queries_sending.answer_of(Sending.objects.get())["sha512"] == queries.hand_over(clerk, number).sha512
    )
    assert Delivery.objects.count() == Transfer.objects.count() == 1


def put_into_register(key: str, text: object, method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    """Let the archives tell a register that says something else, with the digests of that one."""
    if not path.endswith("/register"):
        return told
    document = {**told["document"], key: text}
    sums = register.sums_of(canonical.dumps(document))
    return {**told, "document": document, "sm3": sums.sm3, "sha512": sums.sha512}


def test_what_cannot_be_meant_waits_and_is_told(cast: dict[str, Actor], line: Line) -> None:
    """No answer of the other side, however odd, is believed, asked for in a loop, or ends the worker."""
    clerk, hands = cast["沈文"], Hands()
    number = built(clerk)
    sending.send_away(clerk, number, target(clerk))
    line.asked.clear()

    def busy(method: str, path: str) -> None:
        assert len(line.asked) < 20, "asked again and again at once"
        if method == "PATCH":
            raise Conflict("desk.away.conflict", code="base.upload.offset", said="正在写")

    line.before = busy
    moved(hands)
    told = shown(clerk, number)
    assert told.problem and told.problem["code"] == "desk.away.busy" and told.tries == 1
    line.before = Line().before
    for odd in (-1, 10**30, "7", None, True, 0):
        line.answer = lambda method, path, told, odd=odd: (
            {**told, "offset": odd} if method == "PATCH" else told
        )
        before = shown(clerk, number).tries
        moved(hands)
        told = shown(clerk, number)
        assert told.problem and told.problem["code"] == "desk.away.odd", odd
        assert told.tries > before and 0 <= told.offset <= told.size
    line.answer = lambda method, path, told: {**told, "problem": [], "state": "refused"}
    moved(hands)
    assert (shown(clerk, number).problem or {})["code"] == "desk.sending.refused"
    line.answer = Line().answer
    moved(hands, 3)
    assert shown(clerk, number).state == "delivered"
    assert list(home().inbox.glob("upload-*")) == []


def by_side(one: Signed) -> str:
    return one.side


def silent_target(clerk: Actor, line: Line) -> str:
    """Register archives that tell no key of their ledger when they are asked who they are."""
    line.answer = lambda method, path, told: {name: told[name] for name in told if name != "key"}
    made = target(clerk)
    line.answer = Line().answer
    assert known_of(Target.objects.get().urn) == ""
    return made


def both_verified(ours: RegisterView, theirs: RegisterView) -> None:
    """Each side has verified the other's seal, by a proof that both tell alike; the key is known by the first that fits."""
    assert known_of(Target.objects.get().urn) == own_keys()[0]
    for told_at, other in ((ours, "archives"), (theirs, "unit")):
        judged = {one.side: one.verdict for one in told_at.signatures}
        assert judged.pop(other).holds and list(judged.values()) == [None]
    assert [one.proof for one in sorted(ours.signatures, key=by_side)] == [
        one.proof for one in sorted(theirs.signatures, key=by_side)
    ]


def told_by_command_line(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "status", number, "--json"]) == 0
    told_there = json.loads(capsys.readouterr().out)["signatures"]
    assert {one["side"]: one["seal"] for one in told_there} == {"unit": "", "archives": "holds"}


def test_both_sides_sign_the_same_register(
    cast: dict[str, Actor], line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    clerk, intake, hands = cast["沈文"], cast["陆安"], Hands()
    number = built(clerk)
    sending.send_away(clerk, number, silent_target(clerk, line))
    transfer = arrived(hands, clerk, number)
    Unit.objects.filter(code="MZJ").update(name="区民政和社会工作局")  # what was sent stays said
    with pytest.raises(Conflict):
        leaving.sign_register(clerk, number, "unit")
    sign_waiting(intake, transfer, note="看过")
    accept(intake, transfer)
    settle()
    for key, text in (("remark", "单位放弃异议"), ("archives", {"name": "x" * 600}), ("records", 4)):
        line.answer = partial(put_into_register, key, text)
        moved(hands, 2)
        problem = shown(clerk, number).problem
        assert problem and problem["code"] == "desk.register.not_ours", key
        assert HandOver.objects.get().register == "", "nobody signs what no page shows"
    line.answer = Line().answer
    moved(hands, 2)
    told = queries.hand_over(clerk, number)
    assert told.line.outcome == "closed"
    leaving.sign_register(clerk, number, "unit")
    with pytest.raises(Conflict) as elsewhere:
        leaving.sign_register(intake, number, "archives")
    assert elsewhere.value.code == "desk.register.elsewhere"
    settle()
    moved(hands, 2)
    came = str(Delivery.objects.get().uuid)
    theirs = queries_deliveries.register(intake, came)
    assert [one.side for one in theirs.signatures] == ["unit"]
    with pytest.raises(Forbidden):
        deliveries.sign_delivery(clerk, came)
    deliveries.sign_delivery(intake, came)
    with pytest.raises(Conflict):
        deliveries.sign_delivery(intake, came)
    settle()
    moved(hands, 2)
    ours, theirs = register.register(clerk, number), queries_deliveries.register(intake, came)
    assert (ours.sm3, ours.sha512, ours.document) == (theirs.sm3, theirs.sha512, theirs.document)
    both = [
        {(one.side, one.name, one.entry, one.index, one.seal) for one in told.signatures}
        for told in (ours, theirs)
    ]
    assert both[0] == both[1] and {one.side for one in ours.signatures} == {"unit", "archives"}
    assert all(one.seal for one in ours.signatures)
    both_verified(ours, theirs)
    assert register.drawn(ours) == register.drawn(theirs)
    told_by_command_line(number, capsys)
    assert ours.document["package"]["sha512"] == ours.document["received"]["sha512"]
    assert (
        Sending.objects.get().over and queries_sending.sending_of(queries.row_of(clerk, number)) is not None
    )
    assert queries_sending.targets(clerk)[0].busy == 0


def test_what_comes_back_is_the_same_work_list(cast: dict[str, Actor], line: Line) -> None:
    clerk, intake, hands = cast["沈文"], cast["陆安"], Hands()
    number = built(clerk)
    there = target(clerk)
    sending.send_away(clerk, number, there)
    transfer = arrived(hands, clerk, number)
    return_to_sender(intake, transfer, reason="题名与正文不符，请核对")
    moved(hands)
    told = queries.hand_over(clerk, number)
    assert told.line.outcome == "returned" and told.line.came_back
    (one, *_more) = worklist.defects(queries.row_of(clerk, number))
    assert one.message == "题名与正文不符，请核对"
    assert [line.number for line in queries.to_mend(clerk)] == [number]
    leaving.tick(clerk, number, one.key, note="改了")
    again = mending.mend(clerk, number)
    assert queries.hand_over(clerk, again).line.mends == number
    making.order(clerk, again, Wanted(description="更正"))
    building.advance_hand_over(again)
    sending.send_away(clerk, again, there)
    second = arrived(hands, clerk, again)
    assert second != transfer


def test_it_can_be_paused_slowed_and_stopped(cast: dict[str, Actor], line: Line) -> None:
    clerk, hands = cast["沈文"], Hands()
    number = built(clerk)
    there = target(clerk)
    sending.send_away(clerk, number, there)
    pieces = [0]

    def third(method: str, path: str) -> None:
        pieces[0] += method == "PATCH"
        if pieces[0] == 3:
            sending.set_pace(clerk, number, Pace(paused=True))

    line.before = third
    moved(hands, 3)
    told = shown(clerk, number)
    assert (told.state, pieces[0]) == ("paused", 3) and 0 < told.offset < told.size
    with pytest.raises(Conflict):
        targets.end_target(clerk, there)
    with pytest.raises(Invalid):
        sending.set_pace(clerk, number, Pace(rate=5))
    sending.stop(clerk, number)
    assert shown(clerk, number).state == "ending"
    line.before = broken
    moved(hands)
    assert shown(clerk, number).problem
    line.before = Line().before
    moved(hands)
    assert queries.hand_over(clerk, number).line.state == "built", "it can be sent again, or given up"
    assert list(home().inbox.glob("upload-*")) == [], "what arrived is gone"
    sending.send_away(clerk, number, there, rate=8 << 10)
    moved(hands, 3)
    size = queries.hand_over(clerk, number).size
    assert shown(clerk, number).state == "delivered"
    assert hands.rested == pytest.approx(size / (8 << 10), rel=0.2)
    with pytest.raises(Conflict):
        sending.stop(clerk, number)
    with pytest.raises(NotFound):
        sending.ask_now(clerk, "H2000-0001")


def test_what_was_given_up_is_not_taken_any_more_and_what_was_taken_not_given_up(
    cast: dict[str, Actor], line: Line
) -> None:
    clerk, hands = cast["沈文"], Hands()
    number = built(clerk)
    sending.send_away(clerk, number, target(clerk))
    line.after = lambda method, path: broken() if method == "PUT" else None
    moved(hands)
    sending.stop(clerk, number)
    line.after = Line().after
    deliveries.advance_deliveries((), lambda: True)
    assert Transfer.objects.count() == 1, "it had become a transfer while nobody knew"
    moved(hands, 2)
    assert shown(clerk, number).state == "delivered"
    name = Delivery.objects.get().uuid
    with pytest.raises(Conflict) as late:
        deliveries.give_up(clerk, name, "MZJ")
    assert late.value.code == "desk.delivery.taken"
    with pytest.raises(NotFound):
        deliveries.give_up(cast["他局"], name, "JYJ")


def test_other_bytes_are_sent_anew_and_never_a_transfer(cast: dict[str, Actor], line: Line) -> None:
    clerk, hands = cast["沈文"], Hands()
    number = built(clerk)
    sending.send_away(clerk, number, target(clerk))
    moved(hands)
    (lying,) = (home().root / "deliveries").glob("*/*.zip")
    data = bytearray(lying.read_bytes())
    data[100] ^= 1
    lying.write_bytes(bytes(data))
    deliveries.advance_deliveries((), lambda: True)
    assert Delivery.objects.get().state == "wrong" and not lying.exists()
    assert Transfer.objects.count() == 0
    moved(hands, 3)
    assert shown(clerk, number).state == "delivered"
    assert Transfer.objects.count() == Delivery.objects.count() == 1


def test_an_upload_that_was_swept_begins_anew(cast: dict[str, Actor], line: Line) -> None:
    clerk, hands = cast["沈文"], Hands()
    number = built(clerk)
    sending.send_away(clerk, number, target(clerk))
    pieces = [0]

    def stop(method: str, path: str) -> None:
        pieces[0] += method == "PATCH"
        if pieces[0] == 4:
            broken()

    line.before = stop
    moved(hands)
    (kept,) = home().inbox.glob("upload-*")
    now = kept.stat().st_mtime
    collect_inbox(now + 29 * 86_400)
    assert kept.exists(), "what waits for a broken line is kept for a month"
    collect_inbox(now + 31 * 86_400)
    assert not kept.exists()
    line.before = Line().before
    moved(hands, 3)
    assert shown(clerk, number).state == "delivered"


def test_odd_answers_are_told_and_nothing_else_happens(cast: dict[str, Actor], line: Line) -> None:
    for status, data, code in (
        (200, b"<html>", "desk.away.odd"),
        (200, b"[]", "desk.away.odd"),
        (302, b"", "desk.away.odd"),
        (404, b"not here", "desk.away.odd"),
        (503, b"", "desk.away.busy"),
        (429, b'{"error": {"code": "x", "message": "slow"}}', "desk.away.busy"),
        (409, b'{"error": {"code": "x", "message": "no"}}', "desk.away.conflict"),
        (400, b'{"error": {"code": "x", "message": "no"}}', "desk.away.refused"),
        (400, b'{"error": {"code": "x", "message": "\\u001b[2J"}}', "desk.away.refused"),
        (400, b'{"error": {"code": "x", "message": "\\ud800"}}', "desk.away.odd"),
        (200, b"[" * 100_000, "desk.away.odd"),
    ):
        with pytest.raises(LantaiError) as told:
            away._read(ADDRESS, status, data)
        assert told.value.code == code, status
        assert str(told.value.facts.get("said", "")).isprintable()


class Elsewhere(BaseHTTPRequestHandler):
    """A site that tells who asked it, sends on whoever asks ``moved``, and breaks off in ``half`` of its answer."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, int]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.client_address[1]))
        if self.path.endswith("moved"):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/stolen")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = json.dumps({"offset": 3}).encode()
        self.send_response(200)
        half = self.path.endswith("half")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if half else data)
        self.close_connection = half

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_a_connection_is_asked_again_and_a_token_is_not_sent_on() -> None:
    Elsewhere.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Away(address_of(f"http://127.0.0.1:{server.server_address[1]}"), "lantai_x_y") as site:
            assert [site.ask("GET", "uploads/x") for _ in range(3)] == [{"offset": 3}] * 3
            assert len({port for _path, port in Elsewhere.asked}) == 1, "one connection serves them all"
            with pytest.raises(Unavailable, match=r"desk\.away\.odd"):
                site.ask("GET", "moved")
            assert not any("stolen" in path for path, _port in Elsewhere.asked)
            with pytest.raises(Unavailable, match=r"desk\.away\.unreachable"):
                site.ask("GET", "half")
            assert site.ask("GET", "uploads/x") == {"offset": 3}
        server.shutdown()


def test_a_build_stops_when_it_is_given_up_and_leaves_nothing(
    cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = cast["沈文"]
    monkeypatch.setattr(building, "LOOK_SECONDS", 0.0)
    number = making.begin(clerk, "MZJ", [closed_class(clerk, 3)])
    said(clerk, number)
    making.order(clerk, number, Wanted(description="文书档案"))
    seen: list[int] = []

    def go_on() -> bool:
        seen.append(1)
        if len(seen) == 3:
            making.cancel(clerk, number)
        return True

    laid: list[str] = []
    whole = building._checked
    monkeypatch.setattr(building, "_checked", lambda *told: laid.append("checked") or whole(*told))
    assert building.advance_hand_over(number, go_on) == "cancelled"
    assert laid == [] and len(seen) == 3, "it stopped while the package was written"
    assert not queries.folder_of(queries.hand_over(clerk, number).uuid).exists()


def test_the_page_of_a_returned_transfer_leads_to_the_work_list(cast: dict[str, Actor]) -> None:
    from lantai.people.models import Account

    clerk, intake = cast["沈文"], cast["陆安"]
    number = built(clerk)
    transfer = leaving.send(clerk, number)
    settle()
    return_to_sender(intake, transfer, reason="请核对")
    client = Client()
    client.force_login(Account.objects.get(pk=clerk.account))
    text = client.get(f"/transfers/{transfer}/").content.decode()
    assert (
        f"/desk/hand-over/{number}/" in text
        and "看退回清单" in text
        and "/transfers/new/" not in text.split("<main")[1]
    )


def test_moving_is_seen_by_the_machinery(cast: dict[str, Actor], line: Line) -> None:
    clerk = cast["沈文"]
    number = built(clerk)
    before = moving.moving_states()
    sending.send_away(clerk, number, target(clerk))
    assert moving.moving_states() != before
    assert not moving.others_move()
    assert replace(shown(clerk, number), offset=5, size=10).share == 50
    assert Path(home().root).exists() and ingest.transfers(SYSTEM).items == []
