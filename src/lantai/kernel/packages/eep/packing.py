"""A draft laid into a sink as EEP files: one per record, the digests of all beside them in 其他/."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime

from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Invalid
from lantai.kernel.packages.columns import Types
from lantai.kernel.packages.eep.ahead import SMALL, Made, made_ahead
from lantai.kernel.packages.eep.document import SUFFIX
from lantai.kernel.packages.eep.writing import eep_size, shell, stream
from lantai.kernel.packages.laying import Source, copy, plain, records_by_ref
from lantai.kernel.packages.model import LIMITS, Draft, DraftFile, DraftRecord
from lantai.kernel.packages.names import Names
from lantai.kernel.packages.papers import DIGESTS, OTHERS, write_digests
from lantai.kernel.packages.sinks import Sink


def lay_eeps(draft: Draft, sink: Sink, types: Types, moment: datetime) -> dict[str, FileDigests]:
    """Write the draft's records as EEP files named by 档号; errors as :func:`~..building.build`."""
    names = Names(LIMITS)
    files: dict[str, FileDigests] = {}

    def task(record: DraftRecord) -> Callable[[], Made]:
        path = names.file(f"{record.ref}{SUFFIX}")
        return lambda: _made(path, record, lambda sizes: shell(record, sizes, draft.sender, types, moment))

    with closing(made_ahead(map(task, records_by_ref(draft).values()))) as eeps:
        for made in eeps:
            files[made.path] = sink.put(made.path, made.pieces, made.size, made.told)
    for name, source in sorted(draft.others.items()):
        path = names.file(f"{OTHERS}/{name}")
        files[path] = copy(sink, path, source, None)
    table = write_digests(files, draft.description.get("载体编号", ""))
    path = names.file(f"{OTHERS}/{DIGESTS}")
    files[path] = sink.put(path, (table,), len(table))
    return files


def _made(path: str, record: DraftRecord, shell_of: Callable[[Sequence[int]], list[bytes]]) -> Made:
    sources = [_source(record, file) for file in record.files]
    sizes = [source.size for source in sources]
    parts = shell_of(sizes)
    waiting = iter(sources)

    def read(file: DraftFile) -> Iterator[bytes]:
        return next(waiting).hashed()

    size = eep_size(parts, sizes)
    return Made(path, size, stream(parts, record, read, steps=1 if size <= SMALL else 4))


def _source(record: DraftRecord, file: DraftFile) -> Source:
    if not plain(file.name):
        raise Invalid("packages.draft.file_name", ref=record.ref, name=file.name)
    return Source(f"{record.ref}/{file.name}", file.source, file.digests)
