"""Jurisdictions: a printed place name, or a code, and a year in; the one territory it means out.

Names repeat (鼓楼区 four times), move and are reused, so a name is only looked up among those valid around the report
year, longest first, with its parents if they are printed; where several territories remain, evidence from outside
(the portal's code, the site's SiteIDCode) may decide, and if it doesn't the answer is ``Ambiguous``, never a guess.
The one thing to know: a report on year Y may come from a body abolished in Y or created by Y+1.
"""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from extract.data_file import DATA
from extract.errors import ReferenceDataError
from transform.places.place_names import BARE, FULL, SHORT, spoken_names
from transform.places.unit_rows import COLUMNS, build_units

_DATA = DATA
UNITS_FILE = _DATA / "reference" / "divisions" / "units.csv"
ZONES_FILE = _DATA / "reference" / "divisions" / "zones.csv"
ALIASES_FILE = _DATA / "reference" / "divisions" / "aliases.csv"
#: The invented province's, or those of an invented country that a benchmark reads (tests/national.py).
SYNTHETIC_FILE = Path(os.environ.get("GONGKAI_INVENTED_DIVISIONS") or _DATA / "sample" / "divisions.csv")

# Bodies of the centre and words of a title that stand before the place in a publisher's name.
_BEFORE = re.compile(
    r"^(?:\d{4}年度?|关于|中共|中国共产党|中华人民共和国|国家税务总局|国家统计局|国家金融监督管理总局|中国人民银行|国家移民管理局"
    r"|国家消防救援局|国家矿山安全监察局|国家外汇管理局|原|(?:新疆生产建设兵团)?第?[一二三四五六七八九十]{1,3}师(?=[^市]{2,5}市))+"
)
# 城区街道, 和县域: what looks like a place is part of a longer word.
_NOT_ENDED = re.compile(r"街道|镇|乡(?!村)|域|大道|路(?!政|桥|灯)")
_INVENTED = ("CN-99", "CN-ZONE-99")
_BODY = re.compile(r"$|人民政府|政府|人民代表|党|行政公署|行署|调查(?:总)?队|海关|海事|监管")


class Unit(NamedTuple):
    """One spell of a territory: a row of units.csv. Years are inclusive-exclusive: valid at the end of year Y if
    ``valid_from`` <= Y < ``valid_to``; None where open or, for zones, unknown. ``code`` is None for zones."""

    unit_id: str
    valid_from: int | None
    valid_to: int | None
    code: str | None
    name: str
    full_name: str
    level: str
    kind: str
    parent_code: str | None
    parent_unit_id: str | None
    successors: tuple[str, ...]
    transfers: tuple[str, ...]

    def around(self, year: int | None) -> bool:
        """True where a body of this name may have reported on a year (always, if the year is not known)."""
        if year is None:
            return True
        return (self.valid_from or 0) <= year + 1 and (self.valid_to is None or self.valid_to >= year)

    def at_end_of(self, year: int) -> bool:
        """True where the spell holds on 31 December of a year."""
        return (self.valid_from or 0) <= year and (self.valid_to is None or self.valid_to > year)


@dataclass(frozen=True, slots=True)
class Match:
    """The one territory meant. ``unit`` is its spell in the year; ``words`` what was printed of it, ``end`` where that
    stops in the text; ``evidence`` how it was decided."""

    unit: Unit
    jurisdiction_code: str | None
    words: str
    end: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several territories fit the words and nothing decides. ``candidates`` are sorted by unit_id."""

    candidates: tuple[Unit, ...]
    words: str
    end: int


def find(
    text: str, year: int | None, hint_code: str | None = None, *, synthetic: bool = False
) -> Match | Ambiguous | None:
    """Return the territory that a text begins with, None where it begins with no place name of that year.

    ``text`` is a publisher's name or a title without white space; ``hint_code`` the code of the portal or the first six
    digits of the SiteIDCode, used only to choose among territories of the same name (or, for a name not valid in that
    year, to confirm that it is the hinted territory under another name).
    """
    places = _places(synthetic)
    hint = unit_of_todays_code(hint_code, year, synthetic=synthetic) if hint_code else None
    begin, end, units = _printed(places, text, year)
    if year is not None:
        end, units = _or_of_another_time(places, text, begin, year, end, units, hint)
    if not units:
        return None
    words = text[begin:end]
    chosen, evidence = _decide(places, units, words, hint)
    if chosen is None:
        return Ambiguous(tuple(sorted(units, key=lambda unit: unit.unit_id)), words, end)
    spell = unit_in_year(chosen, year, synthetic=synthetic) or units[0]
    return Match(spell, spell.code, words, end, evidence)


def unit_of_code(code: str, year: int | None, *, synthetic: bool = False) -> Unit | None:
    """Return the territory that bears a code in a year; None for unknown codes, pseudo rows (市辖区 xx01) and, without
    a year, codes that were reused."""
    spells = [unit for unit in _places(synthetic).by_code.get(code, ()) if unit.around(year)]
    if year is not None and len(spells) > 1:
        spells = [unit for unit in spells if unit.at_end_of(year)] or spells
    return spells[-1] if len({unit.unit_id for unit in spells}) == 1 else None


def unit_of_todays_code(code: str, year: int | None, *, synthetic: bool = False) -> Unit | None:
    """Return the territory that bears a code now, as it was in a year; None where it was not there yet.

    Portals, SiteIDCodes and people use codes of today: 500110 is 綦江区 for them, whose report on 2009 was that of 綦江县
    (500222), though 万盛区 bore the code then. A code that nobody bears any more means its last bearer.
    """
    spells = _places(synthetic).by_code.get(code, ())
    if not spells:
        return None
    last = max(spells, key=lambda unit: (unit.valid_to is None, unit.valid_to or 0, unit.valid_from or 0))
    if year is None:
        return last
    unit = unit_in_year(last.unit_id, year, synthetic=synthetic)
    return unit if unit and unit.around(year) else None


def unit_in_year(unit_id: str, year: int | None, *, synthetic: bool = False) -> Unit | None:
    """Return a unit's spell at the end of a year; for a year before or after its life the nearest spell. Without a
    year: its only spell, or its last if all bear one code, else None."""
    spells: list[Unit] = _places(synthetic).by_unit.get(unit_id, [])
    if year is None:
        return spells[-1] if len({unit.code for unit in spells}) == 1 else None
    return _nearest(spells, year)


def _nearest(spells: list[Unit], year: int) -> Unit | None:
    if not spells:
        return None
    held = next((unit for unit in spells if unit.at_end_of(year)), None)
    return held or (spells[0] if (spells[0].valid_from or 0) > year else spells[-1])


def is_below(unit: Unit, ancestor_id: str, *, synthetic: bool = False) -> bool:
    """True where a territory lies in another one, at whatever distance."""
    return ancestor_id in _places(synthetic).ancestors[unit.unit_id]


def is_within(unit_id: str, ancestor_id: str) -> bool:
    """True where one unit is another, or lies or ever lay in it."""
    return unit_id == ancestor_id or ancestor_id in _places(unit_id.startswith(_INVENTED)).ancestors[unit_id]


def all_units(*, synthetic: bool = False) -> tuple[Unit, ...]:
    """Return every spell of every unit, zones included, as units.csv has them (or the invented province alone)."""
    return _places(synthetic).units


def _printed(places: _Places, text: str, year: int | None) -> tuple[int, int, list[Unit]]:
    """Return where a text's place name begins and ends, and the territories of the year that it may mean."""
    start = _BEFORE.match(text)
    begin = start.end() if start else 0
    if begin and text[begin - 1] == "原":
        # 原 is "former", or the first character of 原平市, 原阳县, 原州区.
        end, units = _longest(places, text, begin - 1, year)
        if units:
            return begin - 1, end, units
    return begin, *_longest(places, text, begin, year)


def _or_of_another_time(
    places: _Places, text: str, begin: int, year: int, end: int, units: list[Unit], hint: Unit | None
) -> tuple[int, list[Unit]]:
    """Return a longer name that is one of another time, where it means a territory of the year; else what was found.

    A page of 2013 that was restamped may say 北京市密云区. Its parent, printed, or the portal's code has to agree. A longer
    name that means no territory of the year leaves nothing: what stands before it (北京市) is not the place.
    """
    farther, others = _longest(places, text, begin, None)
    if farther <= end:
        return end, units
    alone = text[begin:farther] in places.by_name
    alive = [
        spell
        for other in others
        if (spell := _nearest(places.by_unit[other.unit_id], year))
        and spell.around(year)
        and (not alone or (hint is not None and hint.unit_id == spell.unit_id))
    ]
    return (farther, alive) if alive else (end, [])


def _longest(places: _Places, text: str, begin: int, year: int | None) -> tuple[int, list[Unit]]:
    """Return where the longest chain of place names from a position ends, and the territories it may mean."""
    best = begin
    units: dict[str, Unit] = {}
    for end, unit in _chains(places, text, begin, year, None):
        if end > best:
            best, units = end, {}
        if end == best:
            units.setdefault(unit.unit_id, unit)
    return best, list(units.values())


def _chains(places: _Places, text: str, at: int, year: int | None, above: Unit | None) -> Iterator[tuple[int, Unit]]:
    """Yield (end, territory) for every chain of nested names that begins at a position, e.g. 安徽省 + 合肥市 + 瑶海区."""
    for length in places.lengths:
        for form, unit in places.by_name.get(text[at : at + length], ()):
            if at + length > len(text) or not unit.around(year):
                continue
            if above is None:
                if form == BARE:
                    continue
            elif above.unit_id not in places.ancestors[unit.unit_id]:
                continue
            end = at + length
            yield from _chains(places, text, end, year, unit)
            if _NOT_ENDED.match(text, end) or (form == SHORT and not _BODY.match(text, end)):
                continue
            yield end, unit


def _decide(places: _Places, units: list[Unit], words: str, hint: Unit | None) -> tuple[str | None, str]:
    ids = [unit.unit_id for unit in units]
    if len(ids) == 1:
        return ids[0], f"name {words}"
    if hint:
        if hint.unit_id in ids:
            return hint.unit_id, f"name {words} and the portal's code {hint.code}"
        inside = [i for i in ids if hint.unit_id in places.ancestors[i]] or [
            i for i in ids if i in places.ancestors[hint.unit_id]
        ]
        if len(inside) == 1:
            return inside[0], f"name {words} and the portal's code {hint.code}"
    return None, ""


@dataclass(frozen=True)
class _Places:
    units: tuple[Unit, ...]
    by_code: dict[str, list[Unit]]
    by_unit: dict[str, list[Unit]]
    by_name: dict[str, list[tuple[int, Unit]]]
    ancestors: _Ancestors
    lengths: tuple[int, ...]


@lru_cache(maxsize=2)
def _places(synthetic: bool) -> _Places:
    units = _synthetic_units() if synthetic else _real_units()
    by_code: dict[str, list[Unit]] = defaultdict(list)
    by_unit: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        by_unit[unit.unit_id].append(unit)
        if unit.code:
            by_code[unit.code].append(unit)
    ancestors = _Ancestors(by_unit)
    aliases: dict[str, list[str]] = defaultdict(list)
    if not synthetic:
        for alias, unit_id, _ in _read(ALIASES_FILE)[1:]:
            aliases[unit_id].append(alias)
        for row in _read(ZONES_FILE)[1:]:
            aliases[row[0]].extend(filter(None, row[2].split(";")))
    by_name: dict[str, list[tuple[int, Unit]]] = defaultdict(list)
    for unit in units:
        if unit.level == "county" and "自治" not in unit.name and unit.unit_id not in aliases and unit.name != "市辖区":
            by_name[unit.name].append((FULL, unit))
            continue
        host = by_unit[unit.parent_unit_id][-1].name if unit.level == "zone" and unit.parent_unit_id else None
        for form, name in spoken_names(unit.name, unit.level, tuple(aliases.get(unit.unit_id, ())), host):
            by_name[name].append((form, unit))
    lengths = tuple(sorted({len(name) for name in by_name}, reverse=True))
    return _Places(units, dict(by_code), dict(by_unit), dict(by_name), ancestors, lengths)


class _Ancestors(dict[str, frozenset[str]]):
    """For each unit the ids of all that it ever lay in (a county moved to another city has both), worked out when asked."""

    def __init__(self, by_unit: dict[str, list[Unit]]):
        super().__init__()
        self._by_unit = by_unit

    def __missing__(self, unit_id: str) -> frozenset[str]:
        parents = {unit.parent_unit_id for unit in self._by_unit.get(unit_id, ()) if unit.parent_unit_id}
        self[unit_id] = found = frozenset(parents).union(*(self[parent] for parent in parents))
        return found


def _real_units() -> tuple[Unit, ...]:
    rows = _read(UNITS_FILE)
    if tuple(rows[0]) != COLUMNS:
        raise ReferenceDataError(
            "units.csv: its columns are not those of transform/places/unit_rows.py; run build_units.py again"
        )
    return tuple(map(_unit, rows[1:]))


def _synthetic_units() -> tuple[Unit, ...]:
    """Build the invented province's units from its own code history; () where the sample is not there."""
    if not SYNTHETIC_FILE.exists():
        return ()
    rows = _read(SYNTHETIC_FILE)
    built = build_units([dict(zip(rows[0], row, strict=True)) for row in rows[1:]], [])
    return tuple(_unit([row[column] for column in COLUMNS]) for row in built)


def _unit(row: list[str]) -> Unit:
    unit_id, first, last, code, name, full_name, level, kind, parent, parent_unit, _, _, successors, transfers = row[
        :14
    ]
    return Unit(
        unit_id,
        int(first) if first else None,
        int(last) if last else None,
        code or None,
        name,
        full_name,
        level,
        kind,
        parent or None,
        parent_unit or None,
        tuple(successors.split(";")) if successors else (),
        tuple(transfers.split(";")) if transfers else (),
    )


def _read(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))
    except OSError as error:
        raise ReferenceDataError(
            f"{path.name}: cannot be read ({error.strerror}); restore data/reference/divisions"
        ) from error
