"""A draft laid into a sink as EEP files: one per record, the digests of all beside them in 其他/."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Invalid
from lantai.kernel.packages.columns import Types
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
    for record in records_by_ref(draft).values():
        path = names.file(f"{record.ref}{SUFFIX}")
        sources = [_source(record, file) for file in record.files]
        sizes = [source.size for source in sources]
        parts = shell(record, sizes, draft.sender, types, moment)
        waiting = iter(sources)

        def read(file: DraftFile, waiting: Iterator[Source] = waiting) -> Iterator[bytes]:
            return next(waiting).hashed()

        files[path] = sink.put(path, stream(parts, record, read), eep_size(parts, sizes))
    for name, source in sorted(draft.others.items()):
        path = names.file(f"{OTHERS}/{name}")
        files[path] = copy(sink, path, source, None)
    table = write_digests(files, draft.description.get("载体编号", ""))
    path = names.file(f"{OTHERS}/{DIGESTS}")
    files[path] = sink.put(path, (table,), len(table))
    return files


def _source(record: DraftRecord, file: DraftFile) -> Source:
    if not plain(file.name):
        raise Invalid("packages.draft.file_name", ref=record.ref, name=file.name)
    return Source(f"{record.ref}/{file.name}", file.source, file.digests)
