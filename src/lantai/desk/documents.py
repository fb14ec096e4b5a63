"""Documents of the desk: what entries of the ledger only name by its digest, kept in the desk's store."""

from __future__ import annotations

import hashlib
from typing import Any

from lantai.desk import store
from lantai.kernel import canonical


def kept(document: dict[str, Any]) -> str:
    """Make a document durable in canonical form; return the SHA-512 under which it lies."""
    data = canonical.dumps(document)
    digest = hashlib.sha512(data).hexdigest()
    store.keep({digest: data})
    return digest
