"""The sample's pictures: charts of candles, which are drawn from their names."""

import random
import zlib
from itertools import accumulate, pairwise

WIDTH, HEIGHT = 578, 276
"""Pixels, as the upstream's charts have."""
PALETTE = bytes.fromhex("ffffff ececec c8402f 2b8a57")
"""White, the grid's grey, red for a day on which the price rose, and green for one on which it fell."""
WHITE, GREY, RED, GREEN = range(4)
CANDLES = 48
STEP = WIDTH // CANDLES


def chart(name: str) -> bytes:
    """Return a PNG, which is the same for the same *name*."""
    dice = random.Random(name)
    rows = [bytearray([GREY if y % 46 == 45 else WHITE]) * WIDTH for y in range(HEIGHT)]
    # Prices are rows of the picture. They stay within it, 20 pixels from its edges.
    prices = list(accumulate((dice.gauss(0, 14) for _ in range(CANDLES)), _within, initial=HEIGHT / 2))
    for number, (first, last) in enumerate(pairwise(prices)):
        colour = RED if last < first else GREEN  # a higher price is a row further up
        top, bottom, left = int(min(first, last)), int(max(first, last)) + 1, number * STEP + 3
        for y in range(top - dice.randint(2, 14), bottom + dice.randint(2, 14)):
            rows[y][left + 3] = colour
        for y in range(top, bottom):
            rows[y][left : left + 7] = bytes([colour]) * 7
    return _png(rows, name)


def _within(price: float, step: float) -> float:
    return min(max(price + step, 20), HEIGHT - 20)


def _png(rows: list[bytearray], text: str) -> bytes:
    """Return a PNG of *rows*, which have a byte for each pixel: its colour's number in the palette."""
    parts = {
        b"IHDR": WIDTH.to_bytes(4) + HEIGHT.to_bytes(4) + bytes([8, 3, 0, 0, 0]),
        b"PLTE": PALETTE,
        b"tEXt": b"Title\0" + text.encode(),
        b"IDAT": zlib.compress(b"".join(b"\0" + row for row in rows)),
        b"IEND": b"",
    }
    chunks = (len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4) for kind, data in parts.items())
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
