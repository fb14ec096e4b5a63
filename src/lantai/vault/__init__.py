"""The preserved packages: deposit into OCFL, registration of every file's digests, verification, proof."""
