"""Rows of inputs/*.jsonl as messages and images for a model; needs PIL, not torch."""

from __future__ import annotations

import json
import math
import os
import threading
from collections import OrderedDict
from typing import Any, Callable, Dict, List, Optional, Tuple

from .plural import many

PLACEHOLDER = "<image>"
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
FILE_BYTES = 64 << 20
IMAGE_PIXELS = 100_000_000
_CACHE_BYTES = 64 << 20


class ImageError(Exception):
    """An image that cannot be shown to a model; the message names the file and the cause."""


class RowError(Exception):
    """A row that cannot be turned into a prompt; the message names the trace."""


def read_rows(path: str, now: Callable[[str], str] = str) -> List[Dict[str, Any]]:
    """All rows of one inputs file, images where they lie `now`; RowError with the number of a line that is no row."""
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                row["messages"], row["trace"]["id"]
            except (ValueError, KeyError, TypeError) as error:
                raise RowError("line %d of %s is not a row: %s" % (number, path, error)) from error
            row["images"] = [now(image) for image in row.get("images") or []]
            rows.append(row)
    return rows


def image_size(path: str) -> Tuple[int, int]:
    """Width and height as stored, from the header alone; ImageError when the file is missing, too large or no image."""
    from PIL import Image

    try:
        size = os.stat(path).st_size
        if size > FILE_BYTES:
            raise ImageError("%s has %d MB; at most %d MB are read" % (path, size >> 20, FILE_BYTES >> 20))
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
    except FileNotFoundError:
        raise ImageError("%s does not exist" % path) from None
    except OSError as error:
        raise ImageError("%s cannot be read as %s: %s" % (path, ", ".join(FORMATS), error)) from None
    except Image.DecompressionBombError as error:
        raise ImageError("%s is too large: %s" % (path, error)) from None
    if width * height > IMAGE_PIXELS:
        raise ImageError(
            "%s has %d x %d pixels; at most %d million are decoded" % (path, width, height, IMAGE_PIXELS // 10**6)
        )
    if not width or not height or max(width, height) > 200 * min(width, height):
        raise ImageError("%s is %d x %d; image processors refuse sides more than 200 : 1" % (path, width, height))
    return width, height


def load_image(path: str, max_pixels: int) -> Any:
    """The image as RGB, turned as its EXIF says, scaled down to `max_pixels` with its aspect ratio; ImageError otherwise."""
    from PIL import Image, ImageOps

    image_size(path)
    try:
        with Image.open(path, formats=FORMATS) as image:
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise ImageError("%s cannot be decoded: %s" % (path, error)) from None
    width, height = picture.size
    if width * height > max_pixels:
        factor = math.sqrt(max_pixels / (width * height))
        picture = picture.resize((max(1, int(width * factor)), max(1, int(height * factor))))
    return picture


class ImageCache:
    """Decoded images, the most recently used ones up to 64 MiB: small pictures are decoded once, large ones each time."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._images: "OrderedDict[str, Any]" = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, path: str) -> Any:
        """The decoded image; callers must not change it."""
        with self._lock:
            if path in self._images:
                self._images.move_to_end(path)
                return self._images[path]
        image = load_image(path, self._max_pixels)
        with self._lock:
            if path not in self._images:
                self._images[path] = image
                self._bytes += _bytes(image)
            while self._bytes > _CACHE_BYTES and len(self._images) > 1:
                _, old = self._images.popitem(last=False)
                self._bytes -= _bytes(old)
        return image


def _bytes(image: Any) -> int:
    return 3 * image.size[0] * image.size[1]


def placeholders(row: Dict[str, Any]) -> int:
    """How many image positions the prompt of a row has."""
    return sum(message["content"].count(PLACEHOLDER) for message in row["messages"])


def split_parts(text: str) -> List[Dict[str, str]]:
    """Text as chat parts, an image part at each `<image>`; empty texts are left out."""
    parts: List[Dict[str, str]] = []
    for place, piece in enumerate(text.split(PLACEHOLDER)):
        if place:
            parts.append({"type": "image"})
        if piece:
            parts.append({"type": "text", "text": piece})
    return parts or [{"type": "text", "text": ""}]


def prompt_messages(row: Dict[str, Any], vision: bool) -> List[Dict[str, Any]]:
    """The turns before the completion: parts split at `<image>` for a vision model, plain text otherwise."""
    if not vision:
        return [{"role": message["role"], "content": message["content"]} for message in row["messages"]]
    if not row["images"]:  # a literal <image> in the text of a row without images stays text
        return [
            {"role": message["role"], "content": [{"type": "text", "text": message["content"]}]}
            for message in row["messages"]
        ]
    if placeholders(row) != len(row["images"]):
        raise RowError(
            "trace %s has %s and %s"
            % (row["trace"]["id"], many(len(row["images"]), "image"), many(placeholders(row), "<image> tag"))
        )
    return [{"role": message["role"], "content": split_parts(message["content"])} for message in row["messages"]]


class TrainerRows:
    """Rows as a trainer takes them, made when they are asked for: nothing is decoded up front."""

    def __init__(self, rows: List[Dict[str, Any]], vision: bool, max_pixels: int, with_completion: bool) -> None:
        self.rows = rows
        self._vision = vision
        self._cache = ImageCache(max_pixels)
        self._with_completion = with_completion
        self._has_images = vision and any(row["images"] for row in rows)

    def row(self, index: int) -> Dict[str, Any]:
        """Prompt, images when the dataset has any, and for SFT the completion, else what rewards and rollouts need."""
        source = self.rows[index]
        made: Dict[str, Any] = {"prompt": prompt_messages(source, self._vision)}
        if self._has_images:
            made["images"] = [self._cache.get(path) for path in source["images"]]
        if self._with_completion:
            made["completion"] = [{"role": "assistant", "content": source["completion"]}]
        else:
            made["ground_truth"] = source.get("ground_truth")
            made["solution"] = source.get("ground_truth")  # the name TRL's own rewards use
            made["trace"] = source["trace"]
            made["image_paths"] = source["images"]
            made["_row"] = index
        return made

    def transform(self, batch: Dict[str, List[int]]) -> Dict[str, List[Any]]:
        """For `datasets.Dataset.set_transform` on a dataset of row numbers."""
        made: Dict[int, Dict[str, Any]] = {index: self.row(index) for index in set(batch["row"])}
        rows = [made[index] for index in batch["row"]]
        return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def longest(rows: List[Dict[str, Any]], count: int, max_pixels: int) -> List[Dict[str, Any]]:
    """The rows most likely to have the most tokens in prompt or completion, at most `count`.

    Some processors spend as many tokens on every image; Qwen2.5-VL's one for each 28 x 28 pixels, about 4 characters.
    """

    def prompt(row: Dict[str, Any], images: float) -> float:
        return sum(len(message["content"]) for message in row["messages"]) + images

    rankings = (
        lambda row: prompt(row, 4000 * len(row["images"])),
        lambda row: prompt(row, sum(min(_pixels(path), max_pixels) / 196 for path in row["images"])),
        lambda row: len(row.get("completion") or ""),
    )
    numbers = range(len(rows))
    ranked = [sorted(numbers, key=lambda number: weight(rows[number]), reverse=True)[:count] for weight in rankings]
    chosen = dict.fromkeys(number for place in zip(*ranked) for number in place)
    return [rows[number] for number in list(chosen)[:count]]


def _pixels(path: str) -> int:
    try:
        width, height = image_size(path)
    except ImageError:
        return 0  # told where images are checked
    return width * height


def first_missing(rows: List[Dict[str, Any]]) -> Optional[str]:
    """The id of the first row without completion, which SFT cannot use."""
    return next((row["trace"]["id"] for row in rows if not row.get("completion")), None)
