"""The outsider's verifier: packages, preserved objects, ledgers, exported records; no server, no database."""
