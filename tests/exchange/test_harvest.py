"""The whole repository harvested by two client libraries that know nothing of us, from the server as it is run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from oaipmh_scythe import Scythe
from sickle import Sickle

from tests.exchange.fill import STATUSES
from tests.exchange.protocol import NS, record
from tests.shots import free_port
from tests.soak import rounds

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("harvest")]

COUNT = rounds(900, 1_200)
MORE = rounds(400, 1_000)
PREFIXES = ("oai_dc", "oai_ead")
Harvest = Callable[..., Iterator[Any]]


def name_of(number: int) -> str:
    fonds = "Z109" if number % 2 else "Z110"
    ref = f"{fonds}-WS·2011·Y-{number:05d}"
    return f"oai:localhost:{uuid.uuid5(uuid.NAMESPACE_OID, ref)}"


def opened(first: int, last: int) -> set[str]:
    return {name_of(number) for number in range(first, last) if STATUSES[number % 5] == "开放"}


class Served:
    """A site of its own, served by the web server of the product; ``fill`` runs a process beside it."""

    def __init__(self, home: Path) -> None:
        self.environment = {**os.environ, "LANTAI_HOME": str(home), "LANTAI_HOSTS": "localhost,127.0.0.1"}
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/oai"

    def fill(self, *words: str) -> subprocess.Popen[bytes]:
        told = [sys.executable, "-m", "tests.exchange.fill", *words]
        return subprocess.Popen(told, env=self.environment, stdout=subprocess.DEVNULL)

    def filled(self, *words: str) -> None:
        assert self.fill(*words).wait(120) == 0

    def serve(self) -> subprocess.Popen[bytes]:
        web = [sys.executable, "-m", "granian", "--interface", "wsgi", "lantai.site.wsgi:application"]
        web += ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "2"]
        return subprocess.Popen(web, env=self.environment, stderr=subprocess.DEVNULL)


def await_answer(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; it tells nobody when it is ready, so it is asked again and again."""
    ready, until = threading.Event(), time.monotonic() + 60
    while not ready.wait(0.2):
        assert server.poll() is None and time.monotonic() < until
        with suppress(URLError):
            urlopen(address, timeout=5).close()
            ready.set()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    site = Served(tmp_path_factory.mktemp("harvest") / "site")
    init = [sys.executable, "-m", "lantai", "init", "--name", "云岭区档案馆"]
    subprocess.run(init, env=site.environment, check=True, stdout=subprocess.DEVNULL)
    site.filled("found", "0", str(COUNT))
    server = site.serve()
    try:
        await_answer(f"{site.address}?verb=Identify", server)
        yield site
    finally:
        server.terminate()
        server.wait(30)


def with_sickle(address: str, verb: str, **asked: str) -> Iterator[Any]:
    told = {name.rstrip("_"): value for name, value in asked.items()}
    client = Sickle(address)
    for one in getattr(client, verb)(**told):
        yield one.xml


def with_scythe(address: str, verb: str, **asked: str) -> Iterator[Any]:
    names = {"metadataPrefix": "metadata_prefix", "set": "set_", "from": "from_"}
    told = {names.get(name.rstrip("_"), name): value for name, value in asked.items()}
    method = {"ListRecords": "list_records", "ListIdentifiers": "list_identifiers"}[verb]
    with Scythe(address) as client:
        for one in getattr(client, method)(**told):
            yield one.xml


CLIENTS: tuple[Harvest, ...] = (with_sickle, with_scythe)


def identifiers(found: Iterator[Any]) -> list[tuple[str, str]]:
    told = []
    for one in found:
        if one.tag == f"{NS}record":
            record(one)
        header = one.find(f"{NS}header") if one.tag == f"{NS}record" else one
        told.append((header.findtext(f"{NS}identifier"), header.findtext(f"{NS}datestamp")))
    return told


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_harvested_whole(served: Served, client: Harvest, prefix: str) -> None:
    expected = sorted(opened(0, COUNT))
    for verb in ("ListRecords", "ListIdentifiers"):
        found = [name for name, _ in identifiers(client(served.address, verb, metadataPrefix=prefix))]
        assert sorted(found) == expected
        assert len(found) > 5 * 100, "several tokens are needed"


@pytest.mark.parametrize("client", CLIENTS)
def test_harvested_by_sets_and_dates(served: Served, client: Harvest) -> None:
    whole = identifiers(client(served.address, "ListIdentifiers", metadataPrefix="oai_dc"))
    for group, rest in (("fonds:Z109", 1), ("fonds:Z110", 0)):
        odd = {name_of(n) for n in range(COUNT) if n % 2 == rest} & opened(0, COUNT)
        found = identifiers(client(served.address, "ListRecords", metadataPrefix="oai_dc", set_=group))
        assert sorted(name for name, _ in found) == sorted(odd)
    found = identifiers(client(served.address, "ListRecords", metadataPrefix="oai_ead", set_="type:WS"))
    assert sorted(found) == sorted(whole)
    stamps = sorted(stamp for _, stamp in whole)
    middle = stamps[len(stamps) // 2]
    early = client(served.address, "ListIdentifiers", metadataPrefix="oai_dc", until=middle)
    late = client(served.address, "ListIdentifiers", metadataPrefix="oai_dc", from_=middle)
    assert sorted(identifiers(early)) == sorted(one for one in whole if one[1] <= middle)
    assert sorted(identifiers(late)) == sorted(one for one in whole if one[1] >= middle)


def test_both_libraries_read_the_house(served: Served) -> None:
    sickle = Sickle(served.address)
    assert sickle.Identify().repositoryName == "云岭区档案馆"
    assert {one.setSpec for one in sickle.ListSets()} == {
        "fonds",
        "fonds:Z109",
        "fonds:Z110",
        "type",
        "type:WS",
    }
    assert {one.metadataPrefix for one in sickle.ListMetadataFormats()} == set(PREFIXES)
    one = sickle.GetRecord(identifier=name_of(0), metadataPrefix="oai_dc")
    assert one.metadata["title"] == ["关于第0号事项的批复 & <意见>"]
    with Scythe(served.address) as scythe:
        assert scythe.identify().repositoryName == "云岭区档案馆"
        assert len(list(scythe.list_sets())) == 5
        assert len(list(scythe.list_metadata_formats())) == 2
        told = scythe.get_record(identifier=name_of(0), metadata_prefix="oai_dc")
        assert told.metadata["title"] == ["关于第0号事项的批复 & <意见>"]


@pytest.mark.parametrize(("client", "first"), list(zip(CLIENTS, (COUNT, COUNT + MORE), strict=True)))
def test_changes_meanwhile_lose_nothing(served: Served, client: Harvest, first: int) -> None:
    """Records are added and changed while the harvest runs: each comes, in its last state at the end."""
    before = opened(0, COUNT)
    adding = served.fill("add", str(first), str(first + MORE))
    changing = served.fill("change", "0", "30")
    found = identifiers(client(served.address, "ListRecords", metadataPrefix="oai_dc"))
    assert adding.wait(120) == 0 and changing.wait(120) == 0
    later = identifiers(client(served.address, "ListRecords", metadataPrefix="oai_dc"))
    times = Counter(name for name, _ in found)
    assert before <= set(times)
    touched = {name_of(number) for number in range(30)}
    assert {name for name, count in times.items() if count > 1} <= touched
    assert len(set(found)) == len(found), "the same state of a record came twice"
    last = dict(later)
    new = [one for one in found if one[0] not in touched]
    assert all(last[name] == stamp for name, stamp in new)
    assert set(last) >= opened(0, COUNT) | opened(first, first + MORE)
    assert len(later) == len(last)
