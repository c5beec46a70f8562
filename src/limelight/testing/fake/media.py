"""The smallest pictures and sounds that are really pictures and sounds."""

from __future__ import annotations

import hashlib
import struct
import zlib

SOUND_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
SAMPLES_PER_S = 8_000
MP3_FRAMES_PER_S = 38
MP3_SILENCE = bytes.fromhex("fffb9064") + bytes(413)


def png(seed: str, side: int = 4) -> bytes:
    """A square of one colour that follows from the seed."""
    colour = hashlib.sha1(seed.encode()).digest()[:3]
    rows = (b"\0" + colour * side) * side
    header = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def sound(kind: str, seconds: int) -> bytes:
    """Silence: in WAV and PCM by the sample, in anything else as MP3 frames."""
    samples = bytes(2 * SAMPLES_PER_S * seconds)
    if kind == "pcm":
        return samples
    if kind == "wav":
        layout = struct.pack("<IHHIIHH", 16, 1, 1, SAMPLES_PER_S, 2 * SAMPLES_PER_S, 2, 16)
        content = b"WAVEfmt " + layout + b"data" + struct.pack("<I", len(samples)) + samples
        return b"RIFF" + struct.pack("<I", len(content)) + content
    return MP3_SILENCE * MP3_FRAMES_PER_S * seconds
