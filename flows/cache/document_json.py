"""Documents as JSON and back, exactly: any frozen dataclass of plain values, told by its type hints.

A dataclass is the list of its fields in their order, without those at the end that are at their defaults. A field more or
less needs nothing here: what was written by another ``extract/document.py`` has another cache key (``flows/cache/keys.py``).
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")
_PLAIN = (str, int, float, bool)


def to_json(value: Any) -> bytes:
    """Return a dataclass as JSON."""
    kind: Any = type(value)
    text = json.dumps(_encoder(kind)(value), ensure_ascii=False, separators=(",", ":"))
    # What a broken file calls a character may be half of one (a lone surrogate).
    return text.encode("utf-8", "surrogatepass")


def from_json(kind: type[Kind], data: bytes) -> Kind:
    """Return the dataclass of a kind that ``to_json`` wrote.

    Raises:
        ValueError, TypeError: the bytes are none.
    """
    return built(kind, json.loads(data.decode("utf-8", "surrogatepass")))


def built(kind: type[Kind], told: Any) -> Kind:
    """Return the dataclass of a kind from what its JSON says (``told`` is taken apart over this)."""
    any_kind: Any = kind
    found: Kind = _decoder(any_kind)(told)
    return found


Change = Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    return value


@lru_cache(maxsize=64)
def _encoder(kind: Any) -> Change:
    if isinstance(kind, type) and is_dataclass(kind):
        return _encoder_of_fields(kind)
    inner = _inner(kind)
    if not inner:
        return _as_it_is
    if get_origin(kind) is not tuple:
        encode = _encoder(inner[0])
        return encode if encode is _as_it_is else lambda value: None if value is None else encode(value)
    if get_args(kind)[-1] is not Ellipsis:
        return lambda value: [_encoder(hint)(one) for hint, one in zip(inner, value, strict=True)]
    each = _encoder(inner[0])
    return list if each is _as_it_is else lambda value: [each(one) for one in value]


def _encoder_of_fields(kind: type) -> Change:
    names, hints, defaults = _fields(kind)
    # A class that holds others of its kind is known by the time that a value of it comes.
    encoders = [(place, hint) for place, hint in enumerate(hints) if not _is_plain(hint)]
    get = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)

    def encode(value: Any) -> list[Any]:
        told = list(get(value))
        end = len(told)
        while end and told[end - 1] == defaults[end - 1] and type(told[end - 1]) is type(defaults[end - 1]):
            end -= 1
        del told[end:]
        for place, hint in encoders:
            if place < end:
                told[place] = _encoder(hint)(told[place])
        return told

    return encode


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> Change:
    if isinstance(kind, type) and is_dataclass(kind):
        build: Callable[..., Any] = kind
        _, hints, _ = _fields(kind)
        decoders = [(place, hint) for place, hint in enumerate(hints) if not _is_plain(hint)]
        if not decoders:
            return lambda told: build(*told)

        def decode(told: list[Any]) -> Any:
            for place, hint in decoders:
                if place < len(told):
                    told[place] = _decoder(hint)(told[place])
            return build(*told)

        return decode
    inner = _inner(kind)
    if not inner:
        return _as_it_is
    if get_origin(kind) is not tuple:
        decode_one = _decoder(inner[0])
        return decode_one if decode_one is _as_it_is else lambda told: None if told is None else decode_one(told)
    if get_args(kind)[-1] is not Ellipsis:
        return lambda told: tuple(_decoder(hint)(one) for hint, one in zip(inner, told, strict=True))
    each = _decoder(inner[0])
    return tuple if each is _as_it_is else lambda told: tuple([each(one) for one in told])


def _fields(kind: type) -> tuple[list[str], list[Any], list[Any]]:
    """Return the names, types and defaults of a dataclass's fields; ``MISSING`` where there is no default."""
    hints, found = get_type_hints(kind), fields(kind)
    defaults = [field.default_factory() if field.default_factory is not MISSING else field.default for field in found]
    return [field.name for field in found], [hints[field.name] for field in found], defaults


def _inner(kind: Any) -> tuple[Any, ...]:
    """Return the types a type is made of: of a tuple its elements', of one that may be None the other. None of a plain one.

    Raises:
        TypeError: JSON has nothing that such a value could become and come back from.
    """
    if kind in _PLAIN:
        return ()
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(one for one in inner if one is not Ellipsis)
    if origin in (Union, types.UnionType) and len(inner) == 2 and type(None) in inner:
        return tuple(one for one in inner if one is not type(None))
    if isinstance(origin, type) and issubclass(origin, Mapping) and set(inner) <= {str}:
        return ()
    raise TypeError(f"{kind}: is no type of a Document that can be written; see {__name__}")


def _is_plain(kind: Any) -> bool:
    """Tell whether values of a type stand in JSON as they are."""
    if isinstance(kind, type) and is_dataclass(kind):
        return False
    inner = _inner(kind)
    return get_origin(kind) is not tuple and all(map(_is_plain, inner))
