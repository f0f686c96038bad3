"""What befalls a printed page on its way to a scan: stamps, seals, pens, shadows, curl; pages laid side by side.

Pages are pictures in colour (rows by columns by blue, green, red); everything random comes from the generator given.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

SONG = Path("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf")
Page = Any


def stamped(page: Page, random: np.random.Generator) -> Page:
    """A round red stamp over the table."""
    import cv2

    height, width = page.shape[:2]
    ink = page.copy()
    middle = (round(width * random.uniform(0.45, 0.7)), round(height * random.uniform(0.4, 0.6)))
    radius = round(width * 0.1)
    cv2.circle(ink, middle, radius, (60, 60, 215), max(width // 250, 2), cv2.LINE_AA)
    cv2.putText(
        ink,
        "*",
        (middle[0] - radius // 3, middle[1] + radius // 3),
        cv2.FONT_HERSHEY_SIMPLEX,
        width / 500,
        (60, 60, 215),
        max(width // 200, 2),
    )
    return np.minimum(page, ink)


def shadowed(page: Page, random: np.random.Generator) -> Page:
    """Light from one side, a dark fold, a yellowish lamp."""
    height, width = page.shape[:2]
    across = np.linspace(random.uniform(0.5, 0.65), 1.0, width)[None, :]
    down = np.linspace(1.0, random.uniform(0.75, 0.9), height)[:, None]
    fold = 1 - 0.3 * np.exp(-(((np.arange(width) - width * 0.55) / (width * 0.05)) ** 2))[None, :]
    light = (across * down * fold)[:, :, None] * np.array([0.82, 0.93, 1.0])
    return (page * light).astype(np.uint8)


def curled(page: Page, random: np.random.Generator) -> Page:
    """A page that does not lie flat: rows rise by half a percent of the width and come down again."""
    import cv2

    height, width = page.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = np.sin(xs / width * np.pi) * width * random.uniform(0.003, 0.006)
    return cv2.remap(page, xs, ys + bend.astype(np.float32), cv2.INTER_LINEAR, borderValue=(255, 255, 255))


def greyed(page: Page, random: np.random.Generator) -> Page:
    """A scanner without colour."""
    import cv2

    return cv2.cvtColor(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def sealed(page: Page, random: np.random.Generator) -> Page:
    """A round red seal with its ring, star and letters on the thick of the figures."""
    from PIL import Image, ImageDraw, ImageFont

    width = page.shape[1]
    radius = round(width * 0.1)
    x, y = _among_figures(page, random, radius)
    seal = Image.new("RGB", (page.shape[1], page.shape[0]), "white")
    pen, red, line = ImageDraw.Draw(seal), (215, 60, 60), max(width // 330, 2)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=red, width=line)
    turns = [np.pi * (-0.5 + n * 0.8) for n in range(5)]
    pen.polygon([(x + radius * 0.36 * np.cos(t), y + radius * 0.36 * np.sin(t)) for t in turns], fill=red)
    name, size = "示例市乙区人民政府办公室", round(radius * 0.3)
    font = ImageFont.truetype(str(SONG), size)
    for n, letter in enumerate(name):
        turn = -120 + 240 * n / (len(name) - 1)
        one = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(one).text((size, size), letter, font=font, fill=255, anchor="mm")
        one = one.rotate(-turn)
        angle = np.radians(turn - 90)
        at = round(x + radius * 0.78 * np.cos(angle)) - size, round(y + radius * 0.78 * np.sin(angle)) - size
        seal.paste(red, (*at, at[0] + 2 * size, at[1] + 2 * size), one)
    return np.minimum(page, np.array(seal)[:, :, ::-1])


def written_over(page: Page, random: np.random.Generator) -> Page:
    """A pen, blue or black: cells ringed and ticked, a row underlined, a name signed over the figures."""
    import cv2

    unit = page.shape[1] / 1654  # pixels of a page at 200 dots
    ink = page.copy()
    colour = (130, 50, 40) if random.random() < 0.5 else (45, 45, 45)

    def stroke(points: Any) -> None:
        line = np.round(np.array(points)).astype(np.int32)
        cv2.polylines(ink, [line], False, colour, max(round(random.uniform(2, 4) * unit), 1), cv2.LINE_AA)

    t = np.linspace(0, 1, 60)
    for _ in range(2):
        x, y = _among_figures(page, random, round(60 * unit))
        wide, high = random.uniform(30, 55) * unit, random.uniform(18, 30) * unit
        stroke(np.stack([x + wide * np.cos(t * 6.8), y + high * np.sin(t * 6.8 + 0.2)], axis=1))
    x, y = _among_figures(page, random, round(60 * unit))
    stroke([(x - 18 * unit, y), (x - 4 * unit, y + 16 * unit), (x + 26 * unit, y - 24 * unit)])
    x, y = _among_figures(page, random, round(60 * unit))
    stroke(np.stack([x + (t - 0.5) * 360 * unit, y + 14 * unit + 3 * unit * np.sin(t * 9)], axis=1))
    x, y = _among_figures(page, random, round(120 * unit))
    wild = sum(random.uniform(5, 16) * np.sin(t * random.uniform(12, 45) + random.uniform(0, 6)) for _ in range(3))
    stroke(np.stack([x + (t - 0.5) * 260 * unit + 8 * unit * np.sin(t * 40), y + wild * unit], axis=1))
    return np.minimum(page, ink)


def side_by_side(pages: list[Page]) -> list[Page]:
    """Two pages on one sheet, as an open booklet lies on the glass."""
    blank = np.full_like(pages[0], 255)
    return [
        np.concatenate([left, right], axis=1)
        for left, right in zip(pages[::2], [*pages[1::2], blank][: len(pages[::2])], strict=True)
    ]


def _among_figures(page: Page, random: np.random.Generator, radius: int) -> tuple[int, int]:
    """Return of some places right of the labels the one with most ink around it."""
    height, width = page.shape[:2]
    places = [
        (round(width * random.uniform(0.48, 0.82)), round(height * random.uniform(0.12, 0.85))) for _ in range(12)
    ]
    return max(
        places,
        key=lambda at: int(
            (page[max(at[1] - radius, 0) : at[1] + radius, at[0] - radius : at[0] + radius, 1] < 128).sum()
        ),
    )
