"""Images for tests: small real ones, and some files that no mirror should copy."""

import zlib
from base64 import b64decode

GREY = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
"""A PNG of one grey pixel."""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.domain)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><script>alert(document.domain)</script></body></html>"
LARGE = 6 * 1024 * 1024


def image(name: str, drawing: str = "") -> bytes | None:
    """Return the image of that file name, or None where there is none. All are sent as ``image/png``.

    Of each ten articles (0 to 9, 10 to 19, …), the first two have the same picture. The next have a JPEG, no file, an
    SVG and an HTML page with scripts, and a file that is too large. The last three have a picture each.

    :param drawing: the number of a live chart's drawing. Each drawing has other bytes.
    """
    stem = name.removesuffix(".png")
    if drawing or not stem.isdecimal():
        return png(f"{stem} {drawing}")
    ten, one = divmod(int(stem), 10)
    match one:
        case 2:
            return jpeg(stem)
        case 3:
            return None
        case 4 | 5:
            return SVG if one == 4 else HTML
        case 6:
            return GREY + bytes(LARGE)
    return png(f"{ten} {max(one, 1)}")


def png(text: str) -> bytes:
    """Return a PNG that differs from others by its *text*."""
    chunk = b"tEXt" + b"Title\0" + text.encode()
    return GREY[:-12] + (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4) + GREY[-12:]


def jpeg(text: str) -> bytes:
    """Return a JPEG of one grey pixel that differs from others by its *text*."""
    code = bytes([1, *bytes(15), 0])  # a Huffman table of one code, a single 0 bit: no difference, no coefficients
    segments = {
        0xFE: text.encode(),
        0xDB: bytes([0, *[1] * 64]),
        0xC0: bytes([8, 0, 1, 0, 1, 1, 1, 0x11, 0]),
        0xC4: b"\x00" + code + b"\x10" + code,
        0xDA: bytes([1, 1, 0, 0, 63, 0]),
    }
    parts = (bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2) + data for marker, data in segments.items())
    return b"\xff\xd8" + b"".join(parts) + b"\x3f\xff\xd9"
