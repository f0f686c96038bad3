"""Train the reader of typeset digits: fonts in, ``digits.npz`` beside this file out (a few minutes, numpy only).

Digits are drawn with freely licensed fonts, made small, thin, fat, tilted, blurred, noisy and compressed as scans are, and
cut out as ``extract.documents.shown.signs`` takes them. Junk is taught too: Chinese letters and parts of them, two digits
in one, halves of digits. Run: ``python data/reference/ocr/train_digits.py``; needs Pillow and the fonts named below.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
from extract.documents.shown import signs  # noqa: E402

# Fonts under the SIL Open Font License, the Arphic Public License, the GPL with font exception, or public domain.
FONTS = [
    ("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf", 0),
    ("/usr/share/fonts/truetype/liberation2/LiberationSerif-Bold.ttf", 0),
    ("/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf", 0),
    ("/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf", 0),
    ("/usr/share/fonts/truetype/liberation2/LiberationMono-Regular.ttf", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf", 0),
    ("/usr/share/fonts/opentype/urw-base35/NimbusRoman-Regular.otf", 0),
    ("/usr/share/fonts/opentype/urw-base35/NimbusSans-Regular.otf", 0),
    ("/usr/share/fonts/opentype/urw-base35/C059-Roman.otf", 0),
    ("/usr/share/fonts/opentype/urw-base35/P052-Roman.otf", 0),
    ("/usr/share/fonts/opentype/urw-base35/URWBookman-Light.otf", 0),
]
CHINESE = "一二三四五六七八九十无其他总计件维持纠正结果尚未审公开申请机构法律服务社会不予处理信息口日目工人个"
DASHES = "-－—–"
HIDDEN = (96, 48)
SEED = 20191201
# Pixels in which signs are drawn before they are made small.
SIZE = 64


def main() -> None:
    fonts = [font for font in FONTS if Path(font[0]).exists()]
    missing = len(FONTS) - len(fonts)
    print(f"{len(fonts)} fonts, {missing} not installed")
    random = np.random.default_rng(SEED)
    train = samples(fonts, random, 50_000)
    test = samples(fonts, random, 4_000)
    weights = fit(*train, random)
    told = forward(weights, test[0])[-1]
    digits = test[1] < len(signs.SIGNS)
    right = told.argmax(axis=1) == test[1]
    raised = np.exp(told - told.max(axis=1, keepdims=True))
    sure = (raised / raised.sum(axis=1, keepdims=True)).max(axis=1) > 0.9
    sign = told.argmax(axis=1) < len(signs.SIGNS)
    print(
        f"right: signs {right[digits].mean():.4f}, junk {right[~digits].mean():.4f}; "
        f"sure of a sign and wrong {(~right & sure & sign).mean():.5f}, signs sure {(sure & digits).sum() / digits.sum():.4f}"
    )
    path = Path(__file__).with_name("digits.npz")
    names = ("w1", "b1", "w2", "b2", "w3", "b3")
    np.savez_compressed(path, **{name: value.astype(np.float16) for name, value in zip(names, weights, strict=True)})
    print(path.name, path.stat().st_size, "bytes")


def samples(fonts: list[tuple[str, int]], random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    features, labels = [], []
    loaded = [ImageFont.truetype(path, SIZE, index=index) for path, index in fonts]
    while len(labels) < count:
        font = loaded[random.integers(len(loaded))]
        kind = random.random()
        if kind < 0.72:
            index = int(random.integers(10)) if random.random() < 0.85 else int(random.integers(10, len(signs.SIGNS)))
            text = DASHES[random.integers(len(DASHES))] if signs.SIGNS[index] == "-" else signs.SIGNS[index]
            part = None
        else:
            index = len(signs.SIGNS)
            if kind < 0.80:
                text, part = CHINESE[random.integers(1, len(CHINESE))], None
            elif kind < 0.85:
                text, part = CHINESE[random.integers(1, len(CHINESE))], "spot"
            elif kind < 0.93:
                text, part = "".join(str(d) for d in random.integers(0, 10, 2)), None
            else:
                text, part = str(random.integers(10)), ("left", "right", "upper", "lower")[random.integers(4)]
        found = sign(font, text, part, random)
        if found is not None:
            features.append(found)
            labels.append(index)
    return np.stack(features), np.array(labels)


def sign(font: ImageFont.FreeTypeFont, text: str, part: str | None, random: np.random.Generator) -> np.ndarray | None:
    """Draw, spoil and cut out one sign; None where nothing is left of it."""
    size = SIZE
    canvas = Image.new("L", (size * (len(text) + 1), size * 2), 255)
    draw = ImageDraw.Draw(canvas)
    x = size * 0.5
    for letter in text:
        draw.text((x, size * 0.5), letter, font=font, fill=0)
        # Two digits in one: they touch or nearly do.
        x += font.getlength(letter) * (random.uniform(0.72, 0.9) if len(text) > 1 else 1)
    picture = np.array(canvas)
    weight = int(random.integers(-1, 3))
    if weight > 0:
        picture = cv2.erode(picture, np.ones((weight + 1, weight + 1), np.uint8))
    elif weight < 0:
        picture = cv2.dilate(picture, np.ones((1 - weight, 1 - weight), np.uint8))
    turn = cv2.getRotationMatrix2D((picture.shape[1] / 2, picture.shape[0] / 2), random.normal(0, 1.2), 1)
    turn[0, 1] += random.normal(0, 0.02)
    picture = cv2.warpAffine(picture, turn, picture.shape[::-1], flags=cv2.INTER_LINEAR, borderValue=255)
    em = random.uniform(20, 42)
    source = em * random.choice([0.5, 0.6, 0.75, 1.0, 1.0, 1.0, 1.5])
    scale = max(source, 11.0) / size
    offset = random.uniform(0, 3, 2)
    picture = cv2.warpAffine(
        picture, np.float32([[1, 0, offset[0]], [0, 1, offset[1]]]), picture.shape[::-1], borderValue=255
    )
    picture = cv2.GaussianBlur(picture, (0, 0), max(random.uniform(0.15, 0.9) / scale / 2, 0.1))
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    darkness = random.uniform(0, 120)
    picture = darkness + picture / 255 * (250 - darkness)
    picture += random.normal(0, random.uniform(0, 14), picture.shape)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 90))])
        picture = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    picture = cv2.resize(picture, None, fx=em / (scale * size), fy=em / (scale * size), interpolation=cv2.INTER_CUBIC)
    limit = 250 - random.uniform(0.38, 0.62) * (250 - darkness)
    return cut(picture, limit, part, em * random.uniform(0.86, 1.18), random)


def cut(
    picture: np.ndarray, limit: float, part: str | None, em: float, random: np.random.Generator
) -> np.ndarray | None:
    black = (picture < limit).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(black, connectivity=8)
    spots = [stat for stat in stats[1:count].tolist() if stat[4] >= 5]
    if not spots:
        return None
    if part == "spot":
        spots = [spots[random.integers(len(spots))]]
        if spots[0][3] < 0.3 * em and spots[0][2] > spots[0][3] * 1.5:
            return None  # a stroke that a dash cannot be told from
        if max(spots[0][2], spots[0][3]) < 0.3 * em:
            return None
    left, top = min(s[0] for s in spots), min(s[1] for s in spots)
    right, bottom = max(s[0] + s[2] for s in spots), max(s[1] + s[3] for s in spots)
    wide, high = right - left, bottom - top
    share = random.uniform(0.4, 0.68)
    if part == "left":
        right = left + max(round(wide * share), 2)
    elif part == "right":
        left = right - max(round(wide * share), 2)
    elif part == "upper":
        bottom = top + max(round(high * share), 2)
    elif part == "lower":
        top = bottom - max(round(high * share), 2)
    elif random.random() < 0.3:
        # A line of the table took a row of pixels with it.
        if random.random() < 0.5:
            top += min(int(random.integers(0, 3)), high // 8)
        else:
            bottom -= min(int(random.integers(0, 3)), high // 8)
    if right - left < 2 or bottom - top < 2:
        return None
    return signs.features([picture[top:bottom, left:right]], [em])[0]


def fit(features: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """Fit two hidden layers by Adam on the cross-entropy."""
    sizes = (features.shape[1], *HIDDEN, len(signs.SIGNS) + 1)
    weights: list[np.ndarray] = []
    for wide, narrow in itertools.pairwise(sizes):
        weights += [
            random.normal(0, np.sqrt(2 / wide), (wide, narrow)).astype(np.float32),
            np.zeros(narrow, np.float32),
        ]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    step = 0
    epochs = 30
    for epoch in range(epochs):
        rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * epoch / epochs)) + 1e-5
        order = random.permutation(len(labels))
        for start in range(0, len(order), 256):
            chosen = order[start : start + 256]
            step += 1
            gradients = backward(weights, features[chosen], labels[chosen])
            for n, gradient in enumerate(gradients):
                gradient = gradient + 2e-5 * weights[n]
                first[n] = 0.9 * first[n] + 0.1 * gradient
                second[n] = 0.999 * second[n] + 0.001 * gradient**2
                weights[n] -= rate * (first[n] / (1 - 0.9**step)) / (np.sqrt(second[n] / (1 - 0.999**step)) + 1e-8)
    return weights


def forward(weights: list[np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    layers = [x]
    for n in range(0, len(weights), 2):
        x = x @ weights[n] + weights[n + 1]
        if n + 2 < len(weights):
            x = np.maximum(x, 0)
        layers.append(x)
    return layers


def backward(weights: list[np.ndarray], x: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    layers = forward(weights, x)
    raised = np.exp(layers[-1] - layers[-1].max(axis=1, keepdims=True))
    error = raised / raised.sum(axis=1, keepdims=True)
    error[np.arange(len(labels)), labels] -= 1
    error /= len(labels)
    gradients: list[np.ndarray] = []
    for n in range(len(weights) - 2, -1, -2):
        layer = layers[n // 2]
        gradients = [layer.T @ error, error.sum(axis=0), *gradients]
        if n:
            error = (error @ weights[n].T) * (layer > 0)
    return gradients


if __name__ == "__main__":
    main()
