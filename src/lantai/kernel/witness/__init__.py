"""The auditor's core: everything by which the ledger and its proofs are checked, written a second time.

Nothing here is shared with what writes the ledger, the preserved objects or the proofs: only error and finding are
(plain data), and what others made (hashlib, ``cryptography``, ``rfc3161_client``). A test of the house enforces it,
and that it stays small enough to be read in an hour. Read in this order: :mod:`.hashing`, :mod:`.sm2`,
:mod:`.notes`, :mod:`.ledger`, :mod:`.kept`, :mod:`.proof`, :mod:`.documents`. Exported records and whole vaults are
checked on top of it, by :mod:`lantai.kernel.verify`. The formats stand in docs/formats.
"""
