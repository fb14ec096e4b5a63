"""A ledger checked from outside: its walk, its newest checkpoint, all kept ones, their stamps, and whose keys they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.x509 import Certificate

from lantai.kernel.errors import Corrupt, Fact, LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.witness.answers import Item, Kind, answer, finding_from
from lantai.kernel.witness.folder import Files
from lantai.kernel.witness.ledger import Progress, Walk, strays
from lantai.kernel.witness.notes import Head, Key, read_head, read_key, read_keys
from lantai.kernel.witness.stamps import stamped_at

SUCCEED = "ledger.key.succeed"
_KEPT = re.compile(r"checkpoints/(0|[1-9][0-9]{0,18})")
_STAMP = re.compile(r"timestamps/(0|[1-9][0-9]{0,18})\.tsr")


@dataclass(frozen=True, slots=True)
class Given:
    """What the reader brought: keys he trusts, checkpoints he kept, certificates of stamping services."""

    keys: tuple[Key, ...] = ()
    since: tuple[bytes, ...] = ()
    authorities: tuple[Certificate, ...] = ()


def check_ledger(name: str, files: Files, given: Given, progress: Progress = lambda done, size: None) -> Item:
    """Return the answer about the ledger in ``files``: every entry and tile, root, signatures, history, stamps.

    Without keys from the reader those in ``ledger.pub`` are used with a warning; without either the answer is
    unknown unless something is wrong anyway. It is unknown, too, when only a key that nobody trusted has vouched
    for signed the newest checkpoint (docs/formats/ledger.md, "When the key changes").
    """
    check = _Check(files, given)
    check.run(progress)
    return answer(name, Kind.LEDGER, check.findings, check.facts, told=check.told)


@dataclass(slots=True)
class _Check:
    files: Files
    given: Given
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    told: bool = True
    keys: list[Key] = field(default_factory=list)

    def run(self, progress: Progress) -> None:
        self.keys = list(self._trusted())
        note = self.files.read("checkpoint")
        if note is None:
            self._say("tlog.checkpoint.missing", "checkpoint")
            return
        newest = self._read("checkpoint", note)
        if newest is None:
            return
        self.facts.update(size=newest.size, origin=newest.origin)
        since = [self._read("--since", each) for each in self.given.since]
        kept = {path: self.files.read(path) or b"" for path in self.files.names("checkpoints")}
        heads = [(path, self._kept(path, data)) for path, data in kept.items()]
        past = [("--since", head) for head in since if head] + [(path, head) for path, head in heads if head]
        walk = Walk(self.files, newest.size, [head.size for _, head in past], SUCCEED)
        walk.run(progress)
        self.findings += walk.findings
        sound = self._compare(walk, newest, past)
        self._succession(walk, newest, sound)
        former = [key for _, data in walk.successions for key in _named(data, "before")]
        for path, head in past:
            self._signed(path, head, needed=path == "--since" and bool(self.keys))
            if self.keys and path != "--since" and not _is_by(head, [*self.keys, *former]):
                self._tell("verify.checkpoint.stranger", path, Severity.WARNING)
        if since and all(since) and not any(each.severity is Severity.ERROR for each in self.findings):
            sizes = [head.size for head in since if head]
            self.facts["since"] = sizes[0] if len(sizes) == 1 else ", ".join(map(str, sizes))
        self._stamps(kept)
        self.findings += strays(self.files, newest.size)

    def _say(
        self, code: str, path: str = "", expected: object = "", found: object = "", **facts: Fact
    ) -> None:
        self.findings.append(Finding(code, path, str(expected), str(found), facts=facts))

    def _tell(self, code: str, path: str, severity: Severity, **facts: Fact) -> None:
        self.findings.append(Finding(code, path, severity=severity, facts=facts))

    def _trusted(self) -> Sequence[Key]:
        enclosed = self.files.read("ledger.pub")
        if self.given.keys:
            return self.given.keys
        if enclosed is None:
            self._tell("verify.key.absent", "", Severity.WARNING)
            self.told = False
            return ()
        keys = read_keys(enclosed)
        for key in keys:
            self._tell("verify.key.enclosed", "ledger.pub", Severity.WARNING, fingerprint=key.fingerprint)
        return keys

    def _read(self, path: str, note: bytes) -> Head | None:
        try:
            return read_head(note)
        except LantaiError as error:
            self.findings.append(finding_from(error, path))
            return None

    def _kept(self, path: str, note: bytes) -> Head | None:
        head, match = self._read(path, note), _KEPT.fullmatch(path)
        if head is not None and (match is None or int(match[1]) != head.size):
            self._say("verify.checkpoint.name", path, head.size)
            return None
        return head

    def _compare(self, walk: Walk, newest: Head, past: Sequence[tuple[str, Head]]) -> list[Head]:
        """Compare every checkpoint with the root of its size; return the kept ones that agree."""
        whole, sound = walk.roots.get(newest.size), []
        if whole is not None and whole != newest.root:
            self._say("tlog.root.differs", "checkpoint", newest.root.hex(), whole.hex())
        for path, head in past:
            root = walk.roots.get(head.size)
            where = "checkpoint" if path == "--since" else path
            if head.origin != newest.origin:
                self._say("tlog.checkpoint.origin", where, head.origin, newest.origin)
            if head.size > newest.size:
                self._say("tlog.history.truncated", where, head.size, newest.size)
            elif root is not None and root != head.root:
                self._say("tlog.history.forked", where, head.root.hex(), root.hex(), size=head.size)
            elif head.origin == newest.origin and root is not None:
                sound.append(head)
        return sound

    def _signed(self, path: str, head: Head, *, needed: bool) -> tuple[Key, ...]:
        try:
            return head.required(self.keys) if needed else head.signers(self.keys)
        except Corrupt as error:
            self.findings.append(finding_from(error, path))
            return ()

    def _succession(self, walk: Walk, newest: Head, sound: Sequence[Head]) -> None:
        """Follow the keys that the ledger itself names, from the trusted ones to those of the newest checkpoint."""
        if not self.keys:
            return
        named = [(index, key) for index, data in walk.successions for key in _named(data, "keys")]
        reach = 0
        while (now := max([h.size for h in [*sound, newest] if _is_by(h, self.keys)], default=0)) > reach:
            reach = now
            for index, key in named:
                if index < reach and key not in self.keys:
                    self.keys.append(key)
                    self._vouched(index, key)
        if not _is_by(newest, self.keys) and reach:
            for index, key in named:
                if key not in self.keys and _is_by(newest, [key]):
                    self.keys.append(key)
                    facts: dict[str, Fact] = {"index": index, "size": reach, "fingerprint": key.fingerprint}
                    self._tell("verify.succession.announced", "checkpoint", Severity.WARNING, **facts)
                    self.told = False
        signers = self._signed("checkpoint", newest, needed=True)
        self.facts["fingerprint"] = " ".join(key.fingerprint for key in signers or self.keys[:1])

    def _vouched(self, index: int, key: Key) -> None:
        facts: dict[str, Fact] = {"index": index, "fingerprint": key.fingerprint}
        self._tell("verify.succession.vouched", "checkpoint", Severity.INFO, **facts)

    def _stamps(self, kept: dict[str, bytes]) -> None:
        """Check every time stamp against the kept checkpoint of its size."""
        unchecked, latest = 0, ""
        for path in self.files.names("timestamps"):
            match = _STAMP.fullmatch(path)
            note = kept.get(f"checkpoints/{match[1]}") if match else None
            if note is None:
                self._say("verify.stamp.alone", path)
            elif not self.given.authorities:
                unchecked += 1
            else:
                try:
                    latest = max(
                        latest, stamped_at(self.files.read(path) or b"", note, self.given.authorities)
                    )
                except Corrupt as error:
                    self.findings.append(finding_from(error, path))
        if unchecked:
            self._tell("verify.stamp.unchecked", "timestamps", Severity.INFO, count=unchecked)
        if latest:
            self.facts["stamped_at"] = latest


def _is_by(head: Head, keys: Sequence[Key]) -> bool:
    try:
        return bool(head.signers(keys))
    except Corrupt:
        return False


def _named(data: dict[str, object], member: str) -> list[Key]:
    """Return the keys that an entry names; what is no key is none."""
    lines, keys = data.get(member), []
    for line in lines if isinstance(lines, list) else []:
        try:
            keys.append(read_key(str(line)))
        except LantaiError:
            continue
    return keys
