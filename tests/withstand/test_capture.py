"""Offices file while the server is killed: nothing is lost, nothing doubled; the client of the manual works."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench.capture import Server, found, simulate

from tests.withstand.stage import Stage

STRIDE = 4
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "filing.md"


@pytest.mark.slow
def test_offices_lose_nothing_when_server_and_clients_are_killed(tmp_path: Path) -> None:
    told, _seconds = simulate(tmp_path / "site", units=4, records=5, kills=2, cuts=0.2, seed=7)
    assert told.wrong == []
    assert len(told.receipts) == 20
    assert told.tries > 20
    log = (tmp_path / "server.log").read_text("utf-8")
    assert "IntegrityError" not in log and "AssertionError" not in log, log[-4000:]


@pytest.mark.slow
def test_death_before_every_step_leaves_the_whole_document_or_none(tmp_path: Path) -> None:
    """Each child files another document and dies some steps later than the last one; sending again completes it.

    From the step after which the document is there, every step is tried.
    """
    with Stage(tmp_path / "site", tmp_path / "stage") as stage:
        stage.run("found")
        kept, early, late, limit = 0, 0, 0, 1
        while stage.start("desk_pieces.file_until", limit, f"OA-{kept}").ended() == 9:
            told = stage.run("desk_pieces.look")
            assert told["wrong"] == [] and told["entries"] == len(told["numbers"]), limit
            assert told["components"] == 2 * len(told["numbers"]), limit
            there = len(told["numbers"]) - kept
            if there and not late and limit > 1:
                limit -= STRIDE  # it may have been there some steps before
            early, late = early + (not there), late + there
            limit += 1 if late else STRIDE
            stage.run("desk_pieces.file_until", 10**6, f"OA-{kept}")
            kept += 1
            assert kept == early + late < 200
        told = stage.run("desk_pieces.look")
        assert (len(told["numbers"]), told["entries"], told["wrong"]) == (kept + 1, kept + 1, [])
        assert early > 8 and late > 1, (early, late)


@pytest.mark.slow
def test_the_client_of_the_manual_files_a_document(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", MANUAL.read_text("utf-8"), re.S)
    example = re.search(r"`capture\.json`.*?```json\n(.*?)```", MANUAL.read_text("utf-8"), re.S)
    assert code and example
    (tmp_path / "client.py").write_text(code[1], "utf-8")
    main, slip = "正文".encode(), "处理单".encode()
    told = json.loads(example[1])
    told["components"][0]["sha512"] = hashlib.sha512(main).hexdigest()
    for name, data in (("正文.txt", main), ("处理单.txt", slip), ("capture.json", json.dumps(told).encode())):
        (tmp_path / name).write_bytes(data)
    token = found(tmp_path / "site", 1)["U001"]
    server = Server(tmp_path / "site")
    server.start()
    try:
        client = [sys.executable, "client.py", f"http://127.0.0.1:{server.port}", token]
        first, again = (_run([*client, "capture.json", "正文.txt", "处理单.txt"], tmp_path) for _ in range(2))
        receipt = json.loads(first.stdout)
        assert {**json.loads(again.stdout), "position": None} == {**receipt, "position": None}
        assert [one["name"] for one in receipt["components"]] == ["正文.txt", "处理单.txt"]
        refused = _run([*client, "capture.json", "处理单.txt", "正文.txt"], tmp_path)
        assert refused.returncode == 1 and "components[0].sha512" in refused.stderr
    finally:
        server.stop()


def _run(told: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(told, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
