"""The recogniser of lines of text and the detector of text: the ONNX models inside the wheel of rapidocr, run on the CPU.

Nothing is downloaded. What is kept of each letter, beside the letter, is where along the line it stands and how sure the
model is: a line may be put together from many cells, and its letters go back to them by their places.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

Image = Any
#: Height of a line of text as the recogniser wants it, in pixels.
LINE_HEIGHT = 48
_SMALLEST_WIDTH = 64
# Wider lines cost memory, not accuracy.
_LARGEST_WIDTH = 2400
_THREADS = 2


class Glyph(NamedTuple):
    """A letter read in a line: ``x`` is its middle in pixels of the line at LINE_HEIGHT, ``sure`` from 0 to 1."""

    text: str
    x: float
    sure: float


def missing() -> str | None:
    """Return what is not installed for reading pictures, None where everything is."""
    for module in ("rapidocr", "onnxruntime", "cv2"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed (pip install 'gongkai[ocr]')"
    if not (_models() and list(_models().glob("*rec*.onnx")) and list(_models().glob("*det*.onnx"))):
        return "the installed rapidocr holds no models (3.4 or newer does)"
    return None


def name() -> str:
    """Return the recogniser's name with its version."""
    from importlib.metadata import version

    model = sorted(_models().glob("*rec*.onnx"))[-1].stem
    return f"{model} (rapidocr {version('rapidocr')})"


def read_line(line: Image) -> list[Glyph]:
    """Read one line of text, grey, LINE_HEIGHT pixels high."""
    import numpy as np

    width = min(max(line.shape[1], _SMALLEST_WIDTH), _LARGEST_WIDTH)
    # Widths in steps: the runtime plans memory anew for each.
    width = -(-width // 32) * 32
    canvas = np.full((LINE_HEIGHT, width), 1.0, np.float32)
    used = min(line.shape[1], width)
    canvas[:, :used] = line[:, :used].astype(np.float32) / 127.5 - 1.0
    session, letters = _recogniser()
    answer = session.run(None, {session.get_inputs()[0].name: np.broadcast_to(canvas, (1, 3, LINE_HEIGHT, width))})[0][
        0
    ]
    best, sure = answer.argmax(axis=1), answer.max(axis=1)
    found: list[Glyph] = []
    before = 0
    start = 0
    for step, index in enumerate([*best.tolist(), 0]):
        if index != before:
            if before:
                span = sure[start:step]
                found.append(Glyph(letters[before], (start + step) / 2 * width / len(best), float(span.max())))
            start, before = step, index
    return found


def text_map(grey: Image) -> Image:
    """Return for a grey page (sides multiples of 32) how likely each pixel is text, from 0 to 1."""
    import numpy as np

    session = _detector()
    pixels = np.broadcast_to(grey.astype(np.float32) / 127.5 - 1.0, (1, 3, *grey.shape))
    return session.run(None, {session.get_inputs()[0].name: pixels})[0][0, 0]


@lru_cache(maxsize=1)
def _recogniser() -> tuple[Any, Sequence[str]]:
    session = _session("rec")
    letters = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    return session, ["", *letters, " "]


@lru_cache(maxsize=1)
def _detector() -> Any:
    return _session("det")


def _session(kind: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    # Threads that wait without spinning leave the core to other documents.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = sorted(_models().glob(f"*{kind}*.onnx"))[-1]
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _models() -> Path:
    spec = importlib.util.find_spec("rapidocr")
    return Path(spec.origin).parent / "models" if spec and spec.origin else Path()
