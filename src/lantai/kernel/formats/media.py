"""Opening sound and film: every packet is decoded with strict error detection, within a time limit."""

from __future__ import annotations

import time
from pathlib import Path

import av

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats.model import Inspection, damaged, unchecked

SECONDS = 40.0
"""Decoding stops after this many seconds of work and says so."""

STRICT = {"err_detect": "explode"}
ERRORS_TOLD = 3


def inspect(path: Path, seconds: float = SECONDS) -> Inspection:
    """Return duration, picture size and whether all streams decode to their end."""
    av.logging.set_level(av.logging.PANIC)
    try:
        with av.open(str(path), options=STRICT, metadata_errors="replace") as container:
            return _opened(container, seconds)
    except av.error.FFmpegError as problem:
        return damaged("formats.media.damaged", str(problem))
    except (ValueError, OverflowError, IndexError) as problem:
        return unchecked("formats.content.no_tool", str(problem))


def _opened(container: av.container.InputContainer, seconds: float) -> Inspection:
    streams = [stream for stream in container.streams if stream.type in ("audio", "video")]
    declared = container.duration / av.time_base if container.duration else None
    video = next((stream for stream in streams if stream.type == "video"), None)
    if not streams:
        return damaged("formats.media.no_streams")
    if any(stream.codec_context is None for stream in streams):
        return unchecked("formats.content.no_tool", "codec")
    end, findings, finished = _decode(container, streams, time.monotonic() + seconds)
    if finished and declared and end and end + max(2.0, declared * 0.1) < declared:
        findings.append(Finding("formats.media.short", "", f"{declared:.1f} s", f"{end:.1f} s"))
    duration = declared or end or None
    width, height = (video.codec_context.width, video.codec_context.height) if video else (None, None)
    sound = not any(finding.severity is Severity.ERROR for finding in findings)
    return Inspection(sound, tuple(findings), None, width, height, duration and round(duration, 3))


def _decode(
    container: av.container.InputContainer, streams: list[av.stream.Stream], deadline: float
) -> tuple[float, list[Finding], bool]:
    """Decode all packets; return the end in seconds, findings, and whether time sufficed."""
    end, frames, findings = 0.0, 0, list[Finding]()
    for stream in streams:
        stream.codec_context.options = STRICT
    try:
        for packet in container.demux(streams):
            for frame in packet.decode():
                frames += 1
                if frame.time is not None:
                    end = max(end, float(frame.time))
            if time.monotonic() > deadline:
                found = Finding("formats.media.partly", found=f"{end:.0f} s", severity=Severity.WARNING)
                return end, [found], False
    except av.error.FFmpegError as problem:
        findings.append(Finding("formats.media.damaged", found=f"{problem} ({end:.1f} s)"))
    if not frames and not findings:
        findings.append(Finding("formats.media.no_frames"))
    return end, findings, not findings
