"""A time-stamping service on loopback, out of the ``openssl`` command: one authority, one stamping certificate."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

OPENSSL = shutil.which("openssl")

_CONFIG = """
[req]
distinguished_name = name
prompt = no
x509_extensions = stamping
[name]
CN = Stamps of Yunling
[stamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = service
[service]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
"""


class Tsa:
    """The service's folder; ``root`` is the certificate that readers are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config").write_text(_CONFIG)
        (folder / "serial").write_text("01\n")
        self._run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 30"
            " -subj /CN=Root -addext basicConstraints=critical,CA:TRUE"
        )
        self._run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.pem -days 30"
            " -config config -CA root.pem -CAkey root.key"
        )

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, query: bytes) -> bytes:
        """Return the response to a request."""
        (self.folder / "query").write_bytes(query)
        self._run(
            "ts -reply -queryfile query -out answer -config config -section service"
            " -signer own.pem -inkey own.key"
        )
        return (self.folder / "answer").read_bytes()

    def _run(self, arguments: str) -> None:
        subprocess.run(
            ["openssl", *arguments.split(" ")], cwd=self.folder, capture_output=True, check=True, timeout=30
        )


@contextmanager
def serving(tsa: Tsa) -> Iterator[str]:
    """Serve stamps on loopback; yield the address."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            answer = tsa.answer(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
