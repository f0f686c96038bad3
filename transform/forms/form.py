"""The official forms, loaded from data/reference/forms: tables, rows, columns, identities.

Labels, their variants and how well each was verified live in the JSON files alone; this module only gives them names.
Sources: 国办发〔2014〕32号 (sc_2014), 国办公开办函〔2019〕60号 (sc_2019), 国办公开办函〔2021〕30号 (sc_2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extract.errors import ReferenceDataError
from transform.forms.labels import parse_label
from transform.forms.reference import FORM_IDS, read_reference

MODERN = ("sc_2019", "sc_2021")


@dataclass(frozen=True)
class Item:
    """A row or a column of an official table. ``cores`` are the bare labels that name it exactly."""

    id: str
    label_zh: str
    label_en: str
    parent: str | None
    unit: str | None
    heading: bool
    verification: str
    numbering: str | None
    cores: frozenset[str]
    group: str | None = None

    @property
    def guessed(self) -> bool:
        """True where the label was never seen printed (``unverified_recall``)."""
        return self.verification == "unverified_recall"


@dataclass(frozen=True)
class FormBlock:
    """One block of Table 2: an item of Article 20 with its columns and rows."""

    id: str
    label_zh: str
    columns: tuple[Item, ...]
    rows: tuple[Item, ...]


@dataclass(frozen=True)
class OfficialTable:
    """``kind`` is ``blocks`` (Table 2), ``matrix`` (Table 3), ``single_row`` (Table 4) or ``list`` (2014 and before)."""

    id: str
    kind: str
    title_zh: str
    rows: tuple[Item, ...]
    columns: tuple[Item, ...]
    blocks: tuple[FormBlock, ...]


@dataclass(frozen=True)
class Form:
    """One form with its tables; ``first_year`` and ``last_year`` are the report years it was prescribed for."""

    id: str
    title_zh: str
    title_en: str
    legal_basis: str
    first_year: int
    last_year: int | None
    tables: tuple[OfficialTable, ...]

    def table(self, kind: str) -> OfficialTable:
        return next(t for t in self.tables if t.kind == kind)

    def measure_of(self, indicator: str) -> str | None:
        """Return the measure the form gives an indicator, None where it fixes none.

        Raises:
            ReferenceDataError: the form has no such indicator.
        """
        row, _, column = indicator.partition(".")
        for table in self.tables:
            for block in table.blocks:
                if any(r.id == row for r in block.rows):
                    for item in block.columns:
                        if item.id == column:
                            return item.unit
            for item in table.rows + table.columns:
                if item.id == indicator:
                    return item.unit
        raise ReferenceDataError(f"{self.id} has no indicator {indicator}; correct the expression that names it")


@dataclass(frozen=True)
class Identity:
    """One accounting identity as written in identities.json."""

    id: str
    form: str
    expression: str
    status: str
    scope: str
    for_each: tuple[str, tuple[str, ...]] | None


@lru_cache(maxsize=1)
def load_forms() -> dict[str, Form]:
    """Return the four forms by id.

    Raises:
        ReferenceDataError: a file is missing or not of the expected shape; the message names it.
    """
    return {form_id: _form(read_reference(form_id)) for form_id in FORM_IDS}


@lru_cache(maxsize=1)
def load_identities() -> tuple[Identity, ...]:
    """Return every identity in the order of the file."""
    out = []
    for entry in read_reference("identities")["identities"]:
        each = None
        if entry["for_each"]:
            ((letter, values),) = entry["for_each"].items()
            each = letter, tuple(values)
        out.append(Identity(entry["id"], entry["form"], entry["expr"], entry["status"], entry["scope"], each))
    return tuple(out)


def _form(data: dict[str, Any]) -> Form:
    first, last = data["valid_report_years"]
    return Form(
        data["id"],
        data["title_zh"],
        data["title_en"],
        data["legal_basis"],
        first,
        last,
        tuple(_table(t) for t in data["tables"]),
    )


def _table(data: dict[str, Any]) -> OfficialTable:
    blocks = tuple(
        FormBlock(b["id"], b["label_zh"], tuple(_item(c) for c in b["columns"]), tuple(_item(r) for r in b["rows"]))
        for b in data.get("blocks", ())
    )
    rows = tuple(_item(r) for r in data.get("rows", ()) if r.get("label_zh"))
    columns = tuple(_item(c) for c in data.get("columns", ()))
    kind = (
        "blocks"
        if blocks
        else "single_row"
        if not rows
        else "list"
        if data.get("layout") and len(columns) <= 3
        else "matrix"
    )
    return OfficialTable(data["id"], kind, data["title_zh"], rows, columns, blocks)


def _item(data: dict[str, Any]) -> Item:
    printed = data["label_zh"].split("／")[-1] if data.get("group") else data["label_zh"]
    variants = [printed, *(data.get("variants_observed") or ()), *(data.get("variants_expected") or ())]
    labels = [parse_label(v) for v in variants]
    # Both the whole label and the label without its bracketed instruction name the item.
    cores = frozenset(core for label in labels for core in (label.core, label.short) if core)
    return Item(
        data["id"],
        data["label_zh"],
        data["label_en"],
        data.get("parent"),
        data.get("unit"),
        bool(data.get("heading")),
        data.get("verification", "verified_2plus"),
        labels[0].numbering or _list_numbering(data.get("numbering")),
        cores,
        data.get("group"),
    )


def _list_numbering(numbering: str | None) -> str | None:
    if not numbering or numbering == "其中":
        return None
    label = parse_label(numbering if numbering.startswith("（") else numbering + "、")
    return label.numbering
