"""Identity of a report: a Document and what is known from outside in; whose report on which year out.

Sources in order: what was told, the page's own title tags, the title over the text, the list page's link, the index
table (发布机构), ContentSource, the period of the statistics. The one thing to know: the body that uploaded a page is
not the body that reports; a general office publishes its government's report, so the title and the text decide and
发布机构 only speaks where they are silent. Nothing is taken from the address, from the day of publication or from a
clock on the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extract.document import Document
from transform.identity.page_facts import PageFacts, page_facts
from transform.identity.publishers import is_generic, normal_publisher, subject_kind
from transform.identity.report_year import report_year
from transform.identity.scope import report_scope
from transform.observation import Hints, ReportIdentity
from transform.places.jurisdictions import Ambiguous, Match, Unit, find, is_below, unit_in_year, unit_of_code

_GOVERNMENT_SPEAKS = re.compile(
    r"(?:(?<![\u3400-\u9fff])|[,。;、])(?:全[省市县区旗州盟]|我[省市县区旗州盟])|[省市县区旗州盟]政府(?:及|和|系统|各)|各(?:乡镇|街道|镇街|县区|县市区|部门)"
)
_OFFICE_SPEAKS = re.compile(
    r"我办|本办(?![法理])|我厅|本厅|本机关|本单位|[省市县区旗州盟]政府办(?:公室|公厅)?(?:共|全年|机关|本级)"
)


@dataclass(frozen=True)
class _Body:
    """A body as found: its name, the place it begins with (None or Ambiguous too) and its kind with the deciding words."""

    name: str
    place: Match | Ambiguous | None
    rest: str
    kind: str
    words: str | None
    source: str


def identify(document: Document, hints: Hints) -> ReportIdentity:
    """Return whose report on which year a document is, each part None (or ``unknown``) where nothing tells.

    ``jurisdiction_code`` is the code of the body's territory in the report year: a department has its area's; a zone
    has none. ``publisher`` is the name as printed, without white space.
    """
    facts = page_facts(document, hints)
    year = report_year(facts, hints)
    synthetic = hints.synthetic or any(
        (code or "").startswith("99") for code in (hints.told_jurisdiction, hints.jurisdiction_code, facts.site_code)
    )
    hint_code = _hint_code(facts, hints, year, synthetic)
    body = _body(facts, year, hint_code, synthetic)
    unit = _unit(body, facts, hints, year, hint_code, synthetic)
    kind, evidence = _kind(body, facts)
    publisher = _publisher(body, facts, unit, kind)
    scope, scope_evidence = report_scope(facts.text, kind)
    code = unit.code if unit else None
    return ReportIdentity(
        unit_id=unit.unit_id if unit else None,
        jurisdiction_code=code,
        jurisdiction=unit.full_name if unit else None,
        publisher=publisher,
        subject_kind=kind,
        subject_evidence=evidence,
        scope=scope,
        scope_evidence=scope_evidence,
        year=year,
        title=facts.title.text if facts.title else None,
        published_on=facts.published_on,
        synthetic=synthetic or (code or "").startswith("99"),
    )


def _hint_code(facts: PageFacts, hints: Hints, year: int | None, synthetic: bool) -> str | None:
    """Return the code that the portal or the SiteIDCode gives; the deeper one where one lies in the other."""
    portal, site = hints.jurisdiction_code, facts.site_code
    if portal is None or site is None:
        return portal or site
    inner, outer = unit_of_code(site, year, synthetic=synthetic), unit_of_code(portal, year, synthetic=synthetic)
    return site if inner and outer and is_below(inner, outer.unit_id, synthetic=synthetic) else portal


def _body(facts: PageFacts, year: int | None, hint_code: str | None, synthetic: bool) -> _Body | None:
    """Return the body of the first source that names one; a title's words of no known kind if no source does."""
    unknown: _Body | None = None
    for source, name in facts.publishers:
        name = normal_publisher(name)
        place = find(name, year, hint_code, synthetic=synthetic)
        before, rest = name.split(place.words, 1) if place else ("", name)
        zone = isinstance(place, Match) and place.unit.level == "zone"
        kind, words = subject_kind(rest, place_is_zone=zone, before=before)
        body = _Body(name, place, rest, kind, words, source)
        if kind != "unknown" or place is not None:
            return body
        if unknown is None and source in ("title", "link title"):
            unknown = body
    return unknown


def _unit(
    body: _Body | None, facts: PageFacts, hints: Hints, year: int | None, hint_code: str | None, synthetic: bool
) -> Unit | None:
    """Return the territory: told, printed in the body's name, printed before it elsewhere in the text, or the portal's."""
    if hints.told_jurisdiction:
        return _in_year(unit_of_code(hints.told_jurisdiction, year, synthetic=synthetic), year, synthetic)
    hinted = _in_year(unit_of_code(hint_code, year, synthetic=synthetic), year, synthetic) if hint_code else None
    if body is None:
        return hinted
    if isinstance(body.place, Match):
        return body.place.unit
    if isinstance(body.place, Ambiguous):
        return _in_year(_with_parent(body.place, facts.text), year, synthetic)
    if body.kind == "zone" or not is_generic(body.rest):
        # A zone that isn't in the table, a place that no name of that year fits: unknown, not the portal's.
        return None
    return _from_context(body, facts, year, hint_code, synthetic) or hinted


def _in_year(unit: Unit | None, year: int | None, synthetic: bool) -> Unit | None:
    return unit and (unit_in_year(unit.unit_id, year, synthetic=synthetic) or unit)


def _with_parent(place: Ambiguous, text: str) -> Unit | None:
    """Return the one candidate whose parent the text prints before its name (南京市鼓楼区 for 鼓楼区)."""
    named = []
    for unit in place.candidates:
        above = unit.full_name[: -len(unit.name)]
        tail = re.findall(r"[\u3400-\u9fff]{2,}?(?:自治[区州县]|[省市州盟]|地区)", above)[-1:]
        names = {*tail, *(t[:-1] for t in tail if t[-1] in "省市盟")}
        if any(name + place.words in text for name in names):
            named.append(unit)
    return named[0] if len(named) == 1 else None


def _from_context(
    body: _Body, facts: PageFacts, year: int | None, hint_code: str | None, synthetic: bool
) -> Unit | None:
    """Return the place printed right before the body's name elsewhere on the page: 桃江县松木塘镇 for 松木塘镇人民政府."""
    stem = re.sub(r"(?:人民政府|办事处|政府)$", "", body.rest)
    if len(stem) < 3:
        return None
    found: dict[str, Unit] = {}
    for hit in re.finditer(re.escape(stem), facts.text):
        before = re.search(r"[\u3400-\u9fff]{2,24}$", facts.text[max(0, hit.start() - 24) : hit.start()])
        for start in range(len(before[0]) if before else 0):
            place = find(before[0][start:] + "的", year, hint_code, synthetic=synthetic) if before else None
            if isinstance(place, Match) and place.end == len(before[0]) - start:  # type: ignore[index]
                found[place.unit.unit_id] = place.unit
                break
    return next(iter(found.values())) if len(found) == 1 else None


def _kind(body: _Body | None, facts: PageFacts) -> tuple[str, str | None]:
    """Return (subject_kind, evidence in words)."""
    if body is None:
        return "unknown", None
    evidence = f"{body.source}: {body.name}"
    if body.kind != "office" or body.source in ("title", "link title"):
        return body.kind, evidence
    # The office uploaded it; whose figures they are, only the text can tell.
    government, office = _GOVERNMENT_SPEAKS.search(facts.text), _OFFICE_SPEAKS.search(facts.text)
    if government and not office:
        return "government", f"{evidence}; the text speaks for the whole: {government[0].strip(',。;、')}"
    if office and not government:
        return "office", f"{evidence}; the text speaks for the office: {office[0]}"
    return "unknown", f"{evidence}; neither title nor text says whether for the office or the government"


def _publisher(body: _Body | None, facts: PageFacts, unit: Unit | None, kind: str) -> str | None:
    """Return the body's name; a title that names only a place means its government or its committee."""
    if body is None:
        return None
    if kind == "government" and body.kind == "office":
        return re.sub(r"(?:人民)?(?:政府)?办公[室厅]$|政府办$", "人民政府", body.name)
    if body.rest or body.kind not in ("government", "zone"):
        return body.name
    if body.kind == "zone":
        return body.name if body.name.endswith(("会", "团")) else body.name + "管理委员会"
    government = "人民政府"
    if (
        unit
        and unit.level == "prefecture"
        and body.name.endswith(("地区", "盟"))
        and re.search("行政公署|行署", facts.text)
    ):
        government = "行政公署"
    return _printed_in_full(body.name + government, unit, facts)


def _printed_in_full(name: str, unit: Unit | None, facts: PageFacts) -> str:
    """Return a government's name with the parents that the page prints before it, in 发布机构 or in the text."""
    for text in (*(other for _, other in facts.publishers), facts.text[:3000]):
        found = re.search(rf"((?:[\u3400-\u9fff]{{2,9}}?(?:省|市|自治区|自治州|州|盟|地区)){{0,2}}){name}", text)
        place = find(found[0], None, synthetic=bool(unit and unit.unit_id.startswith("CN-99"))) if found else None
        if (
            found
            and isinstance(place, Match)
            and unit
            and place.unit.unit_id == unit.unit_id
            and found[0].startswith(place.words)
        ):
            return found[0]
    return name
