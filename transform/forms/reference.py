"""The files of data/reference/forms as a closed world: what they may hold, checked when they are loaded.

In: the name of a file. Out: what it holds, as plain values. A key that is not known, a word that is not one of the words a
field takes, a reference to nothing: each is an error with file and place. Prose is never read as data; notes stand beside
values, not inside them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from extract.data_file import REFERENCE
from extract.errors import ReferenceDataError
from transform.forms.measures import STANDARD_MEASURES

FORMS_DIRECTORY = REFERENCE / "forms"
#: The forms, newest first; the crosswalk and the identities name them so.
FORM_IDS = ("sc_2021", "sc_2019", "sc_2014", "pre2014_local")

Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
FormId = Literal["sc_2021", "sc_2019", "sc_2014", "pre2014_local"]
Verification = Literal[
    "verified_2plus", "verified_1", "verified_repo_copies_only", "concept_seen_in_text_only", "unverified_recall"
]
Comparability = Literal["exact", "approximate", "break", "not_available"]


class Closed(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An object all of whose keys are known."""


class ItemData(Closed):
    """A row or a column of an official table."""

    id: Id
    label_zh: str
    label_en: str
    parent: str | None = None
    unit: str | None = None
    unit_note: str | None = None
    heading: bool = False
    numbering: str | None = None
    group: str | None = None
    position: int | None = None
    law: str | None = None
    law_note: str | None = None
    note: str | None = None
    variants_observed: list[str] = []
    variants_expected: list[str] = []
    variant_notes: dict[str, str] = {}
    local_labels_not_equal: list[str] = []
    verification: Verification = "verified_2plus"
    sources: list[str] = []


class LocalRow(Closed):
    """A row that one place adds."""

    label_zh: str
    place: str
    source: str


class BlockData(Closed):
    """A block of Table 2."""

    id: Id
    label_zh: str
    columns: list[ItemData]
    rows: list[ItemData]
    law: str | None = None
    local_rows_seen: list[LocalRow] = []


class TableData(Closed):
    """An official table."""

    id: Id
    title_zh: str
    title_en: str = ""
    title_variants: list[str] = []
    layout: str | None = None
    cell_syntax: str | None = None
    official_note_zh: str | None = None
    data_row_count: int | None = None
    columns: list[ItemData] = []
    rows: list[ItemData] = []
    blocks: list[BlockData] = []


class LocalExtension(Closed):
    """What a place adds to a national form."""

    place: str
    doc_no: str | None = None
    added_subjects: list[str] = []
    added_rows_seen: list[str] = []
    note: str | None = None
    sources: list[str] = []


class LateUse(Closed):
    """How long a form was still used after its time."""

    through: int
    evidence: list[str]


class FormData(Closed):
    """A form: one file."""

    id: FormId
    title_zh: str
    title_en: str
    issuer: str
    doc_no: str | None
    legal_basis: str
    valid_report_years: tuple[int, int | None]
    tables: list[TableData]
    validity_note: str | None = None
    local_extensions: list[LocalExtension] = []
    issued: str | None = None
    published: str | None = None
    last_year_seen: int | None = None
    sections_zh: list[str] = []
    section_variants: list[str] = []
    other_requirements: list[str] = []
    changes_from_sc_2019: list[str] = []
    observed_late_use: LateUse | None = None
    mandatory_nationally: bool = True
    note: str | None = None


class IdentityData(Closed):
    """One accounting identity."""

    id: Id
    form: FormId | Literal["any"]
    expr: str
    status: Literal["official", "implied_exact", "implied_usual", "inequality_exact", "usual", "no_identity"]
    scope: Literal["within_year", "across_years", "across_copies", "across_forms", "across_levels", "across_peers"]
    for_each: dict[Literal["c", "r", "x"], list[str]] | None
    note: str | None
    sources: Annotated[list[str], Meta(min_length=1)]


class Identities(Closed):
    identity_status: dict[str, str]
    reference_syntax: str
    identities: list[IdentityData]


class Steps(Closed):
    """How a concept compares from one form to the next."""

    pre2014_to_2014: Comparability
    sc_2014_to_2019: Comparability
    sc_2019_to_2021: Comparability


class Maps(Closed):
    """The expression of a concept in each form."""

    pre2014_local: str | None
    sc_2014: str | None
    sc_2019: str | None
    sc_2021: str | None


class Terms(Closed):
    """What others call a concept."""

    us: str | None = None
    uk: str | None = None


class ConceptData(Closed):
    """One concept of the panel."""

    id: Id
    label_en: str
    maps: Maps
    comparability: Steps
    note: str
    foi_terms: Terms | None = None
    column: Id | None = None


class Crosswalk(Closed):
    rules: list[str]
    crosswalk: list[ConceptData]


class RatioData(Closed):
    """One indicator."""

    id: Id
    label_en: str
    label_zh: str
    numerator: str
    denominator: str
    note: str | None


class CoverageRatio(Closed):
    id: Id
    label_en: str
    label_zh: str
    note: str


class Indicators(Closed):
    rules: list[str]
    missing: dict[Literal["blank", "not_printed", "zero_denominator", "date_unknown"], str]
    coverage: CoverageRatio
    indicators: list[RatioData]


class GovernmentsDue(Closed):
    """Until when governments publish the report on a year: a day of the year after it, for these report years."""

    due: Annotated[str, Meta(pattern=r"^\d{2}-\d{2}$")]
    first_year: int
    last_year: int | None


class Publication(Closed):
    """Who publishes, until when, by which law, in words; ``governments`` where it is the rule for governments."""

    who: str
    deadline: str
    duty: str
    law: str | None
    report_years: str
    source: str
    verified: bool | str
    governments: GovernmentsDue | None


class Term(Closed):
    term_zh: str
    term_en: str
    meaning: str
    law: str | None = None
    source: str | None = None
    note: str | None = None


class Codebook(Closed):
    verification_levels: dict[Verification, str]
    terms: list[Term]
    publication: list[Publication]
    report_contents: dict[str, Any]
    fees: list[dict[str, Any]]
    english_style: str


class Source(Closed):
    url: str
    shows: str


_KINDS: dict[str, Any] = {
    **dict.fromkeys(FORM_IDS, FormData),
    "identities": Identities,
    "crosswalk": Crosswalk,
    "indicators": Indicators,
    "codebook": Codebook,
    "sources": dict[str, Source],
}


@lru_cache(maxsize=16)
def read_reference(name: str) -> Any:
    """Return one JSON file of data/reference/forms, checked, as plain values with what is left out at its default.

    Raises:
        ReferenceDataError: it is missing, no JSON, or holds what it may not; the message names file and place.
    """
    path = FORMS_DIRECTORY / f"{name}.json"
    try:
        return msgspec.to_builtins(decode(name, path.read_bytes()))
    except OSError as error:
        raise ReferenceDataError(f"{path.name}: {error}; restore it from version control") from error


def decode(name: str, data: bytes) -> Any:
    """Return a file's bytes as its models; a file without a model as it stands.

    Raises:
        ReferenceDataError: as ``read_reference``.
    """
    try:
        found = msgspec.json.decode(data, type=_KINDS.get(name, Any))
    except msgspec.DecodeError as error:
        raise ReferenceDataError(f"forms/{name}.json: {error}") from error
    if problem := next(_problems(name, found), None):
        raise ReferenceDataError(f"forms/{name}.json: {problem}")
    return found


def _problems(name: str, found: Any):
    """Yield what no type says: units that are no units, variants without their note, sources that are not in sources.json."""
    if isinstance(found, FormData):
        for item in _items(found):
            if item.unit is not None and item.unit not in STANDARD_MEASURES:
                yield f"{item.id}: unit {item.unit!r} is none of {', '.join(STANDARD_MEASURES)}; say why in unit_note"
            for label in (item.label_zh, *item.variants_observed, *item.variants_expected):
                if re.search(r"\([^()]*[A-Za-z]{3}", label):
                    yield f"{item.id}: {label!r} holds a note; put it into variant_notes"
            if lost := set(item.variant_notes).difference(item.variants_observed, item.variants_expected):
                yield f"{item.id}: variant_notes of {sorted(lost)}, which are no variants"
            yield from _unknown_sources(item.id, item.sources)
    if isinstance(found, Identities):
        for identity in found.identities:
            yield from _unknown_sources(identity.id, identity.sources)
        if unexplained := {one.status for one in found.identities} - set(found.identity_status):
            yield f"identity_status says nothing of {sorted(unexplained)}"


def _unknown_sources(place: str, sources: list[str]):
    for source in sources:
        if source not in read_reference("sources"):
            yield f"{place}: source {source!r} is not in sources.json"


def _items(form: FormData):
    for table in form.tables:
        yield from (*table.rows, *table.columns)
        for block in table.blocks:
            yield from (*block.rows, *block.columns)
