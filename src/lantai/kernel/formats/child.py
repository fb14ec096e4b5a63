"""A child process that is spoken to in lines of JSON: it may crash or hang, its parent only hears of it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from typing import Any


class Child:
    """One child process, ``python -m module arguments``, and its two pipes."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "VIPS_CONCURRENCY": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
        )
        self._rest = b""

    def say(self, message: object) -> None:
        """Send one message; ``OSError`` when the child is dead."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def hear(self, seconds: float) -> dict[str, Any]:
        """Return the next message; ``TimeoutError`` after ``seconds`` of silence, ``EOFError`` at death."""
        stream = self._process.stdout
        assert stream is not None
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                part = os.read(stream.fileno(), 1 << 16)
                if not part:
                    raise EOFError
                self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def end(self) -> None:
        """End the child, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.wait()
