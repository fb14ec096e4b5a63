"""Time stamps (RFC 3161) of checkpoints: what an outsider says about when a checkpoint was there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC

from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from lantai.kernel.errors import Corrupt, Invalid


def read_authorities(data: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of stamping services in a PEM file; ``Invalid("verify.stamp.authority")``."""
    try:
        return tuple(x509.load_pem_x509_certificates(data))
    except ValueError as error:
        raise Invalid("verify.stamp.authority") from error


def stamped_at(response: bytes, note: bytes, authorities: Sequence[x509.Certificate]) -> str:
    """Return when the service says it saw the bytes of ``note`` (UTC, RFC 3339, seconds).

    The certificates must have been valid then and lead to one of ``authorities``.
    ``Corrupt("verify.stamp.wrong", reason=…)`` for a stamp of other bytes, by somebody else, or none at all.
    """
    try:
        stamp = decode_timestamp_response(response)
        builder = VerifierBuilder()
        for each in authorities:
            builder = builder.add_root_certificate(each)
        builder.build().verify_message(stamp, note)
        at = stamp.tst_info.gen_time
    except (ValueError, VerificationError) as error:
        raise Corrupt("verify.stamp.wrong", reason=re.sub(r"\s+", " ", str(error))[:200]) from error
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
