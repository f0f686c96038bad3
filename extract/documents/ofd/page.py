"""The content of one OFD page as characters, ruling lines and pictures, in the frame in which a PDF page is read.

OFD counts in millimetres from the upper left corner, y down. An object has a boundary on the page and draws inside it,
through its own matrix (GB/T 33190-2016, 8.1, 8.4 to 8.6, 11). Here all is in points from the lower left corner, y up.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from lxml import etree

from extract.documents.drawn.matrices import Matrix, Point, apply, compose
from extract.documents.drawn.page import Char, Hidden, Page, Ruling
from extract.documents.drawn.table import Box
from extract.documents.ofd.draw_styles import DrawStyle
from extract.documents.shared.bounds import PATHS
from extract.documents.shared.package import local

_POINTS = 72 / 25.4
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
# The middle of a Chinese character above the baseline and of a figure, in sizes of the font.
_MIDDLE = 0.36
# As for a PDF (pdf_objects): what is thinner is a line, what is smaller no table, how far a straight line may stray.
_THIN, _MAX_STROKE, _STRAY = 3.0, 5.0, 1.0
_MIN_PICTURE = (200.0, 60.0)
_SLANT = 0.1
_MAX_DEPTH = 8
# Pictures in these formats have no holes.
_OPAQUE = (".jpg", ".jpeg", ".bmp")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[A-Za-z]")
# Values that a command of AbbreviatedData takes (table 36).
_TAKES = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


class Shape(NamedTuple):
    """A path or a picture as it is painted, in points of the page, y up.

    ``steps`` are commands of AbbreviatedData with their points; ``fill`` and ``stroke`` how light they are (0 to 255), None
    where there is none; ``width`` that of the stroke. A picture has its ``file`` (its name in the package) and the
    ``matrix`` that brings the unit square to its place.
    """

    steps: tuple[tuple[str, tuple[Point, ...]], ...] = ()
    fill: int | None = None
    stroke: int | None = None
    width: float = 0.0
    file: str = ""
    matrix: Matrix = _IDENTITY


class Drawn:
    """What has been drawn on a page so far. ``box`` is its physical box in millimetres (x, y, width, height).

    ``covers`` are areas that hide what was drawn before them: how many letters there were, and the area in points.
    """

    def __init__(self, box: Box):
        self.box = box
        self.width, self.height = box[2] * _POINTS, box[3] * _POINTS
        self.chars: list[Char] = []
        self.hidden: list[Hidden] = []
        self.horizontal: list[Ruling] = []
        self.vertical: list[Ruling] = []
        self.shades: list[Box] = []
        self.shapes: list[Shape] = []
        self.covers: list[tuple[int, Box]] = []
        self.pictures = self.slanted = self.paths = 0

    def point(self, x: float, y: float) -> Point:
        """Return a place on the page in points, y up."""
        return (x - self.box[0]) * _POINTS, self.height - (y - self.box[1]) * _POINTS

    def page(self, number: int) -> Page:
        # A page with this many paths is a map or a chart.
        too_many = self.paths > PATHS
        covered = {
            n
            for before, (left, low, right, high) in self.covers
            for n, char in enumerate(self.chars[:before])
            if left <= char.x <= right and low <= char.y <= high
        }
        hidden = [Hidden(self.chars[n].text, self.chars[n].x, self.chars[n].y, "covered") for n in sorted(covered)]
        seen = [char for n, char in enumerate(self.chars) if n not in covered]
        chars = tuple(_without_doubles(seen))
        return Page(
            number=number,
            width=self.width,
            height=self.height,
            rotation=0,
            declared=0,
            chars=chars,
            hidden=(*self.hidden, *hidden),
            horizontal=() if too_many else tuple(self.horizontal),
            vertical=() if too_many else tuple(self.vertical),
            pictures=self.pictures,
            unmapped=sum(c.text == "\ufffd" for c in chars),
            doubled=len(seen) - len(chars),
            slanted=self.slanted,
        )


def draw(root: etree._Element, styles: DrawStyle, drawn: Drawn) -> None:
    """Draw the layers of a page or a template, background first."""
    layers = [e for content in root if local(content) == "Content" for e in content if local(e) == "Layer"]
    order = {"Background": 0, "Foreground": 2}
    for layer in sorted(layers, key=lambda e: order.get(e.get("Type") or "Body", 1)):
        _objects(layer, styles, drawn, _IDENTITY, layer.get("DrawParam"), 0)


def draw_annotations(root: etree._Element, styles: DrawStyle, drawn: Drawn) -> None:
    """Draw the annotations of a page (16), which stand over its content."""
    for annotation in (e for e in root.iter() if local(e) == "Annot" and e.get("Visible") not in ("false", "0")):
        for appearance in (e for e in annotation if local(e) == "Appearance"):
            x, y = [*_numbers(appearance.get("Boundary")), 0.0, 0.0][:2]
            _objects(appearance, styles, drawn, (1.0, 0.0, 0.0, 1.0, x, y), None, 0)


def _objects(
    parent: etree._Element, styles: DrawStyle, drawn: Drawn, outer: Matrix, layer: str | None, depth: int
) -> None:
    for element in parent:
        kind = local(element)
        if kind == "PageBlock":
            _objects(element, styles, drawn, outer, layer, depth)
            continue
        if kind not in ("TextObject", "PathObject", "ImageObject", "CompositeObject"):
            continue
        matrix = compose(_placement(element), outer)
        visible = element.get("Visible") not in ("false", "0") and element.get("Alpha") != "0"
        if kind == "TextObject":
            _text(
                element, matrix, drawn, None if visible else "invisible", styles.is_white(element, "FillColor", layer)
            )
        elif not visible:
            continue
        elif kind == "PathObject":
            _path(element, styles, drawn, matrix, layer)
        elif kind == "ImageObject":
            _image(element, styles, drawn, matrix)
        elif depth < _MAX_DEPTH:
            unit = styles.drawings.get(element.get("ResourceID") or "")
            for content in (e for e in (unit if unit is not None else ()) if local(e) == "Content"):
                _objects(content, styles, drawn, matrix, layer, depth + 1)


def _placement(element: etree._Element) -> Matrix:
    """Return the matrix from inside an object to what holds it: its own matrix, then its boundary's corner."""
    x, y = [*_numbers(element.get("Boundary")), 0.0, 0.0][:2]
    own = _numbers(element.get("CTM"))
    a, b, c, d, e, f = own if len(own) == 6 else _IDENTITY
    return a, b, c, d, e + x, f + y


def _numbers(text: str | None) -> list[float]:
    return [float(part) for part in (text or "").split()]


def _text(element: etree._Element, matrix: Matrix, drawn: Drawn, unseen: str | None, white: bool) -> None:
    size = float(element.get("Size") or 0) * math.hypot(matrix[2], matrix[3]) * _POINTS
    own_size, stretch = float(element.get("Size") or 0), float(element.get("HScale") or 1)
    turn = int(float(element.get("CharDirection") or 0)) % 360
    # The direction in which the letters run on paper, y up, and at their own upright.
    angle = math.degrees(math.atan2(-matrix[1], matrix[0])) - turn
    nearest = round(angle / 90) * 90
    is_slanted = abs(math.tan(math.radians(angle - nearest))) > _SLANT
    across = math.radians(-turn)
    for text, x, y, advance in _letters(element, own_size * stretch):
        if not text.strip() or text == "\u3000":
            continue
        if is_slanted:
            drawn.slanted += 1
            continue
        # The letter's own box: from its origin along its baseline, its middle above it (y down, so less).
        half, up = advance / 2, -_MIDDLE * own_size
        middle_x = x + half * math.cos(across) + up * math.sin(across)
        middle_y = y - half * math.sin(across) + up * math.cos(across)
        end = x + advance * math.cos(across), y - advance * math.sin(across)
        centre = drawn.point(*apply(matrix, middle_x, middle_y))
        code = "\ufffd" if unicodedata.category(text) in ("Cc", "Cn", "Co") else text
        if not (0 <= centre[0] <= drawn.width and 0 <= centre[1] <= drawn.height):
            continue
        reason = unseen or ("white" if white and not _on_shade(drawn, centre) else None)
        if reason:
            drawn.hidden.append(Hidden(code, *centre, reason))
            continue
        start, stop = drawn.point(*apply(matrix, x, y)), drawn.point(*apply(matrix, *end))
        left, baseline = _upright(start, nearest % 360, drawn)
        right, _ = _upright(stop, nearest % 360, drawn)
        drawn.chars.append(Char(code, *centre, min(left, right), max(left, right), baseline, size, nearest % 360))


def _letters(element: etree._Element, size: float) -> Iterator[tuple[str, float, float, float]]:
    """Yield each letter with its origin inside the object and its advance along its baseline.

    Where a TextCode gives no X or Y, that of the one before holds (11.3). Letters without a step stand side by side.
    """
    first_x = first_y = 0.0
    for code in element.iter():
        if local(code) != "TextCode":
            continue
        text = code.text or ""
        x, y = first_x, first_y = float(code.get("X") or first_x), float(code.get("Y") or first_y)
        steps_x, steps_y = _deltas(code.get("DeltaX"), len(text)), _deltas(code.get("DeltaY"), len(text))
        down = int(float(element.get("ReadDirection") or 0)) % 180 == 90
        for index, letter in enumerate(text):
            width = size if unicodedata.east_asian_width(letter) in "WFA" else size / 2
            step = abs(steps_x[index]) if index < len(steps_x) else 0.0
            yield letter, x, y, min(width, step) if step > 0 else width
            if index == len(text) - 1:
                break
            x += steps_x[index] if index < len(steps_x) else (0.0 if steps_y or down else width)
            y += steps_y[index] if index < len(steps_y) else (width if down and not steps_x else 0.0)


def _deltas(text: str | None, most: int) -> list[float]:
    """Return the steps between letters; ``g n v`` stands for n times v (table 46)."""
    steps: list[float] = []
    parts = iter((text or "").split())
    for part in parts:
        if part == "g":
            count, value = int(next(parts, "0")), float(next(parts, "0"))
            steps += [value] * min(count, max(0, most - len(steps)))
        else:
            steps.append(float(part))
    return steps


def _upright(point: Point, turn: int, drawn: Drawn) -> Point:
    """Return a place on the page turned so that letters with this turn (degrees against the clock) stand upright."""
    x, y = point
    if turn == 90:
        return y, drawn.width - x
    if turn == 180:
        return drawn.width - x, drawn.height - y
    if turn == 270:
        return drawn.height - y, x
    return x, y


def _on_shade(drawn: Drawn, place: Point) -> bool:
    return any(b[0] <= place[0] <= b[2] and b[1] <= place[1] <= b[3] for b in drawn.shades)


def _path(element: etree._Element, styles: DrawStyle, drawn: Drawn, matrix: Matrix, layer: str | None) -> None:
    drawn.paths += 1
    data = next((e.text or "" for e in element if local(e) == "AbbreviatedData"), "")
    scale = math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))
    stroked, filled = element.get("Stroke") not in ("false", "0"), element.get("Fill") in ("true", "1")
    width = styles.line_width(element, layer) * scale * _POINTS
    fill = styles.grey(element, "FillColor", layer) if filled else None
    stroke = styles.grey(element, "StrokeColor", layer) if stroked else None
    if drawn.paths <= PATHS and (fill is not None or stroke is not None):
        steps = tuple(
            (command, tuple(drawn.point(*apply(matrix, *point)) for point in points))
            for command, points in _steps(data)
        )
        drawn.shapes.append(Shape(steps, fill, stroke, width))
    if fill is not None and element.get("Alpha") in (None, "255"):
        outlines = list(_outlines(data))
        if len(outlines) == 1 and len(outlines[0][0]) in (4, 5):
            _cover([drawn.point(*apply(matrix, *point)) for point in outlines[0][0]], drawn)
    seen_stroke = stroked and width <= _MAX_STROKE and not styles.is_white(element, "StrokeColor", layer)
    seen_fill = filled and not styles.is_white(element, "FillColor", layer)
    if not (seen_stroke or seen_fill):
        return
    for outline, closed in _outlines(data):
        points = [drawn.point(*apply(matrix, *p)) for p in outline]
        if seen_stroke:
            for (x0, y0), (x1, y1) in pairwise([*points, points[0]] if closed else points):
                if abs(y1 - y0) <= _STRAY and abs(x1 - x0) > abs(y1 - y0):
                    drawn.horizontal.append(Ruling((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
                elif abs(x1 - x0) <= _STRAY and abs(y1 - y0) > abs(x1 - x0):
                    drawn.vertical.append(Ruling((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
        if seen_fill:
            _area(points, drawn)


def _cover(points: list[Point], drawn: Drawn) -> None:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if min(max(xs) - min(xs), max(ys) - min(ys)) > _THIN:
        drawn.covers.append((len(drawn.chars), (min(xs), min(ys), max(xs), max(ys))))


def _area(points: list[Point], drawn: Drawn) -> None:
    """Take a filled shape as a line where it is thin, else as a shade behind the text."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)
    if high - low <= _THIN and right - left > high - low:
        drawn.horizontal.append(Ruling((low + high) / 2, left, right))
    elif right - left <= _THIN and high - low > right - left:
        drawn.vertical.append(Ruling((left + right) / 2, low, high))
    else:
        drawn.shades.append((left, low, right, high))


def _outlines(data: str) -> Iterator[tuple[list[Point], bool]]:
    """Yield the polylines of a path; one with a curve in it is no ruling and gives none."""
    points: list[Point] = []
    closed = curved = False
    for command, values in _steps(data):
        if command in "SM":
            if len(points) > 1 and not curved:
                yield points, closed
            points, closed, curved = [values[0]], False, False
        elif command == "C":
            closed = True
        else:
            curved = curved or command != "L"
            points.append(values[-1])
    if len(points) > 1 and not curved:
        yield points, closed


def _steps(data: str) -> Iterator[tuple[str, tuple[Point, ...]]]:
    """Yield the commands of a path with their points; of an arc only its end."""
    tokens = _NUMBER.findall(data)
    index = 0
    while index < len(tokens):
        command = tokens[index].upper()
        takes = _TAKES.get(command)
        if takes is None:
            return
        values = [float(token) for token in tokens[index + 1 : index + 1 + takes] if not token.isalpha()]
        if len(values) < takes:
            return
        index += 1 + takes
        if command == "A":
            values = values[-2:]
        yield command, tuple(zip(values[::2], values[1::2], strict=True))


def _image(element: etree._Element, styles: DrawStyle, drawn: Drawn, matrix: Matrix) -> None:
    """Count a picture that could hold a table; the unit square through the object's matrix is where it lies."""
    if not element.get("CTM"):
        x, y, width, height = [*_numbers(element.get("Boundary")), 0.0, 0.0, 0.0, 0.0][:4]
        matrix = width, 0.0, 0.0, height, x, y
    corners = [apply(matrix, x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    upper_left, upper_right, _, lower_left = (drawn.point(*corner) for corner in corners)
    (x, y), (right_x, right_y), (left_x, left_y) = lower_left, upper_right, upper_left
    place = right_x - left_x, right_y - left_y, left_x - x, left_y - y, x, y
    name = styles.files.get(element.get("ResourceID") or "", "")
    drawn.shapes.append(Shape(file=name, matrix=place))
    if name.lower().endswith(_OPAQUE) and element.get("Alpha") in (None, "255"):
        _cover([drawn.point(*corner) for corner in corners], drawn)
    xs, ys = [x * _POINTS for x, _ in corners], [y * _POINTS for _, y in corners]
    if max(xs) - min(xs) >= _MIN_PICTURE[0] and max(ys) - min(ys) >= _MIN_PICTURE[1]:
        drawn.pictures += 1


def _without_doubles(chars: list[Char]) -> list[Char]:
    """Drop letters drawn again on the same spot, as bold is imitated (a real repetition is an advance away)."""
    kept: list[Char] = []
    near: dict[tuple[str, int, int], list[Char]] = {}
    for char in chars:
        reach = max(char.size * 0.15, 0.3)
        col, row = round(char.x / 4), round(char.y / 4)
        around = (near.get((char.text, c, r), ()) for c in (col - 1, col, col + 1) for r in (row - 1, row, row + 1))
        if not any(abs(o.x - char.x) < reach and abs(o.y - char.y) < reach for group in around for o in group):
            kept.append(char)
            near.setdefault((char.text, col, row), []).append(char)
    return kept
