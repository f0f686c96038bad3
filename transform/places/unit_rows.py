"""Units: stable territories made from the history of codes and names, by the published rules.

In: the rows of the code history (one per code and name, with successors and the diffs they came from) and the zones
without a code. Out: one row per unit and spell, keyed (unit_id, valid_from). The one thing to know: a row continues an
older one only by the published rules (docs/units.md), which are ``_heir`` and what it calls. The rows for the real
country are committed as data/reference/divisions/units.csv; only the invented province is built while running.
"""

from __future__ import annotations

from collections import defaultdict

from extract.errors import ReferenceDataError

COLUMNS = (
    "unit_id",
    "valid_from",
    "valid_to",
    "jurisdiction_code",
    "name",
    "full_name",
    "level",
    "kind",
    "parent_code",
    "parent_unit_id",
    "begin_rule",
    "end_rule",
    "successors",
    "transfers",
    "begin_date",
    "begin_document",
    "end_date",
    "end_document",
    "source",
)
SUFFIXES = ("自治区", "自治州", "自治县", "地区", "特区", "林区", "省", "市", "区", "县", "旗", "盟")
UnitRow = dict[str, str]


def build_units(history: list[UnitRow], zones: list[UnitRow]) -> list[UnitRow]:
    """Return the rows of units.csv, sorted by unit_id and valid_from.

    Raises:
        ReferenceDataError: a successor or parent is named that no row of the history holds at that time.
    """
    by_code: dict[str, list[UnitRow]] = defaultdict(list)
    for row in history:
        by_code[row["code"]].append(row)
    heirs = {_key(row): _heir(row, by_code) for row in history if row["valid_to"]}
    unit_ids = _unit_ids(history, heirs)
    rows = [_unit_row(row, by_code, heirs, unit_ids) for row in history]
    rows += [_zone_row(zone, by_code, unit_ids) for zone in zones]
    return sorted(rows, key=lambda row: (row["unit_id"], row["valid_from"]))


def _heir(row: UnitRow, by_code: dict[str, list[UnitRow]]) -> tuple[UnitRow, str] | None:
    """Return the row that continues an ended one, with the rule that says so; None where the territory ends.

    ``rename``: the code stays. ``recode``: the name stays. ``rank``: county to district, league to city and the like,
    alone or as the namesake among several merged (蓬莱市 + 长岛县 -> 蓬莱区). ``main_part``: a new code made from this
    territory alone which the official diff names before the neighbours that took the rest (绍兴县 -> 柯桥区).
    """
    successors = [_alive(by_code, code, int(row["valid_to"])) for code in row["successors"].split(";")]
    born = [new for new in successors if new["valid_from"] == row["valid_to"] and _is_made_of(new, row)]
    for new in born:
        # The official diff writes "." for the same code under a new name; 500110 and 500111 name other predecessors
        # instead: there the code went to another place.
        if new["code"] == row["code"] and ("<" not in new["start_diff"] or "<." in new["start_diff"]):
            return new, "rename"
        if new["code"] != row["code"] and new["name"] == row["name"]:
            return new, "recode"
    for new in born:
        if new["code"] != row["code"] and _same_place(new["name"], row["name"]):
            return new, "rank"
    for new in born:
        if new["code"] == row["code"] or not _only_ended_predecessor(new, row, by_code):
            continue
        if len(successors) == 1:
            return new, "rank"
        first = row["end_diff"].partition(">")[2].split(",")[0]
        if first == new["name"]:
            return new, "main_part"
    return None


def _same_place(one: str, other: str) -> bool:
    """True where two names differ only in the words of rank: 密云县 and 密云区, 铜仁地区 and 铜仁市, 吉林省 and 吉林市 not asked."""
    return _stem(one) == _stem(other) and len(_stem(one)) >= 1


def _stem(name: str) -> str:
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


def _is_made_of(new: UnitRow, old: UnitRow) -> bool:
    """A new prefecture continues a prefecture, a new county a county; 儋州市 and 三沙市 rose from county to prefecture level."""
    return new["level"] == old["level"] or new["name"] == old["name"]


def _only_ended_predecessor(new: UnitRow, old: UnitRow, by_code: dict[str, list[UnitRow]]) -> bool:
    ended = [
        row
        for rows in by_code.values()
        for row in rows
        if row["valid_to"] == new["valid_from"]
        and new["code"] in row["successors"].split(";")
        and row["level"] == new["level"]
    ]
    return ended == [old]


def _alive(by_code: dict[str, list[UnitRow]], code: str, year: int) -> UnitRow:
    """Return the row of a code that holds at the end of a year."""
    for row in by_code[code]:
        if int(row["valid_from"]) <= year and (not row["valid_to"] or int(row["valid_to"]) > year):
            return row
    raise ReferenceDataError(f"division history: code {code} is named for the end of {year}, but no row holds then")


def _unit_ids(
    history: list[UnitRow], heirs: dict[tuple[str, str], tuple[UnitRow, str] | None]
) -> dict[tuple[str, str], str]:
    """Give each chain of rows the id of its first row: CN-<code>, with the year where the code had another unit before."""
    inherits = {_key(heir[0]): key for key, heir in heirs.items() if heir}
    unit_ids: dict[tuple[str, str], str] = {}
    used: set[str] = set()
    for row in sorted(history, key=lambda row: (int(row["valid_from"]), row["code"])):
        key = _key(row)
        if key in inherits:
            unit_ids[key] = unit_ids[inherits[key]]
            continue
        plain = f"CN-{row['code']}"
        unit_ids[key] = f"{plain}-{row['valid_from']}" if plain in used else plain
        used.add(plain)
    return unit_ids


def _unit_row(
    row: UnitRow,
    by_code: dict[str, list[UnitRow]],
    heirs: dict[tuple[str, str], tuple[UnitRow, str] | None],
    unit_ids: dict[tuple[str, str], str],
) -> UnitRow:
    heir = heirs.get(_key(row))
    came_from = next((rule for found in heirs.values() if found and found[0] is row for rule in [found[1]]), None)
    parent = None if row["parent"] == "000000" else _alive(by_code, row["parent"], _sure_year(row))
    end_rule, successors = "", []
    if row["valid_to"]:
        successors = [_alive(by_code, code, int(row["valid_to"])) for code in row["successors"].split(";")]
        if heir:
            end_rule = heir[1]
        elif len(successors) > 1:
            end_rule = "split"
        else:
            end_rule = "merged" if successors[0]["valid_from"] == row["valid_to"] else "absorbed"
            if unit_ids[_key(successors[0])] != f"CN-{successors[0]['code']}":
                end_rule = "absorbed"
    return {
        "unit_id": unit_ids[_key(row)],
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "jurisdiction_code": row["code"],
        "name": row["name"],
        "full_name": _full_name(row, by_code),
        "level": row["level"],
        "kind": "市辖区" if row["kind"] == "林区" and row["name"] != "神农架林区" else row["kind"],
        "parent_code": "" if parent is None else parent["code"],
        "parent_unit_id": "" if parent is None else unit_ids[_key(parent)],
        "begin_rule": came_from or ("listed" if int(row["valid_from"]) < 2008 else "new"),
        "end_rule": end_rule,
        "successors": ";".join(unit_ids[_key(new)] for new in successors),
        "transfers": _transfers(row, by_code, unit_ids),
        "begin_date": row["start_date"],
        "begin_document": row["start_doc"],
        "end_date": row["end_date"],
        "end_document": row["end_doc"],
        "source": row["provenance"],
    }


def _zone_row(zone: UnitRow, by_code: dict[str, list[UnitRow]], unit_ids: dict[tuple[str, str], str]) -> UnitRow:
    host = by_code[zone["host_code"]][-1]
    row = dict.fromkeys(COLUMNS, "")
    row.update(
        unit_id=zone["unit_id"],
        name=zone["name"],
        full_name=_full_name(host, by_code) + _below(zone["name"], host),
        level="zone",
        kind=zone["kind"],
        parent_code=host["code"],
        parent_unit_id=unit_ids[_key(host)],
        begin_rule="listed",
        source=zone["source"],
    )
    return row


def _below(name: str, host: UnitRow) -> str:
    """Return a zone's official name without its host's where it begins with that: 南湖新区 for 岳阳市南湖新区."""
    head = host["name"]
    return name[len(head) :] if name.startswith(head) and len(name) > len(head) + 1 else name


def _transfers(row: UnitRow, by_code: dict[str, list[UnitRow]], unit_ids: dict[tuple[str, str], str]) -> str:
    """Return ``unit_id@year`` for each part of the territory that went to another unit while this row held."""
    parts = []
    for transfer in filter(None, row["boundary_transfers"].split(";")):
        code, _, year = transfer.partition("@")
        parts.append(f"{unit_ids[_key(_alive(by_code, code, int(year)))]}@{year}")
    return ";".join(parts)


def _full_name(row: UnitRow, by_code: dict[str, list[UnitRow]]) -> str:
    name, year = row["name"], _sure_year(row)
    while row["parent"] != "000000":
        row = _alive(by_code, row["parent"], year)
        name = row["name"] + name
    return name


def _sure_year(row: UnitRow) -> int:
    """Return a year in which the row and its parents are all in the history: its last, but not before 2007."""
    return int(row["valid_to"]) - 1 if row["valid_to"] else max(int(row["valid_from"]), 2027)


def _key(row: UnitRow) -> tuple[str, str]:
    return row["code"], row["valid_from"]
