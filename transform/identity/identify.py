"""Identity of a report: a Document and what is known from outside in; whose report on which year out, with the evidence.

The one thing to know: the body that uploaded a page is not the body that reports; a general office publishes its
government's report, so the title and the text decide and 发布机构 only speaks where they are silent. What portals, sites and
people say supports or contradicts the document (``transform/attribution/weigh.py``). Nothing is taken from the address or from a
clock on the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extract.document import Document
from transform.attribution.weigh import with_attribution
from transform.identity.bodies import Body, is_without_place, opening_body, read_body, unit_of_body, voice_of
from transform.identity.page_facts import PageFacts, page_facts
from transform.identity.publishers import normal_publisher, reporting_body
from transform.identity.report_year import report_year
from transform.identity.scope import report_scope
from transform.observation import Evidence, Hints, ReportIdentity
from transform.places.jurisdictions import Match, Unit, find, is_below, unit_in_year, unit_of_todays_code

_GOVERNMENT_SPEAKS = re.compile(
    r"(?:(?<![\u3400-\u9fff])|[,。;、])(?:全[省市县区旗州盟]|我[省市县区旗州盟])|[省市县区旗州盟]政府(?:及|和|系统|各)|各(?:乡镇|街道|镇街|县区|县市区|部门)"
)
_OFFICE_SPEAKS = re.compile(
    r"我办|本办(?![法理])|我厅|本厅|本机关|本单位|[省市县区旗州盟]政府办(?:公室|公厅)?(?:共|全年|机关|本级)"
)


#: Who names the reporting body itself, and not who uploaded or compiled.
_NAMES_THE_BODY = ("title", "ArticleTitle", "page title", "link title", "index table", "sentence", "opening")


def identify(document: Document, hints: Hints) -> ReportIdentity:
    """Return whose report on which year a document is, each part None (or ``unknown``) where nothing tells.

    ``jurisdiction_code`` is the code of the body's territory in the report year: a department has its area's; a zone
    has none. ``publisher`` is the name as printed, without white space. ``evidence`` is all that was found for and against.
    """
    facts = page_facts(document, hints)
    year, of_year = report_year(facts, hints)
    synthetic = hints.synthetic or any(
        (code or "").startswith("99") for code in (hints.told_jurisdiction, hints.jurisdiction_code, facts.site_code)
    )
    hint_code = hints.told_jurisdiction or _hint_code(facts, hints, year, synthetic)
    bodies = [
        read_body(source, normal_publisher(name), year, hint_code, synthetic) for source, name in facts.publishers
    ]
    if opening := opening_body(facts.text, year, hint_code, synthetic):
        bodies.append(opening)
    units = [unit_of_body(body, facts, year, hint_code, synthetic) for body in bodies]
    body, named = _body(bodies, units)
    unit = _unit(body, named, hints, year, hint_code, synthetic)
    kind, evidence = _kind(body, facts)
    publisher = _publisher(body, facts, unit, kind)
    scope, scope_evidence = report_scope(facts.text, kind)
    code = unit.code if unit else None
    identity = ReportIdentity(
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
    pieces = [*_of_unit(bodies, units, facts, hints, year, synthetic), *_of_kind(bodies, facts), *of_year]
    pieces += _of_zone(body, year, synthetic)
    return with_attribution(replace(identity, evidence=tuple(dict.fromkeys(pieces))))


def _hint_code(facts: PageFacts, hints: Hints, year: int | None, synthetic: bool) -> str | None:
    """Return the code that the portal or the SiteIDCode gives; the deeper one where one lies in the other."""
    portal, site = hints.jurisdiction_code, facts.site_code
    if portal is None or site is None:
        return portal or site
    inner, outer = (
        unit_of_todays_code(site, year, synthetic=synthetic),
        unit_of_todays_code(portal, year, synthetic=synthetic),
    )
    return site if inner and outer and is_below(inner, outer.unit_id, synthetic=synthetic) else portal


def _body(bodies: Sequence[Body], units: Sequence[Unit | None]) -> tuple[Body | None, Unit | None]:
    """Return the body of the first source that names one, with its territory; a title's words of no known kind if none does.

    A body that leaves its place out (县财政局) has that of another source which names the same kind of body with its place.
    """
    for body, unit in zip(bodies, units, strict=True):
        if body.kind == "unknown" and body.place is None:
            continue
        if unit is None and is_without_place(body):
            others = (u for b, u in zip(bodies, units, strict=True) if u and _same_kind(b.kind, body.kind))
            unit = next(others, None)
        return body, unit
    unknown = [body for body in bodies if body.source in _NAMES_THE_BODY]
    return (unknown[0], None) if unknown else (None, None)


def _same_kind(one: str, other: str) -> bool:
    return one == other or {one, other} == {"government", "office"}


def _unit(
    body: Body | None, named: Unit | None, hints: Hints, year: int | None, hint_code: str | None, synthetic: bool
) -> Unit | None:
    """Return the territory that the document names; else the one a person tells; else the portal's, for a name without a place."""
    told = hints.told_jurisdiction and unit_of_todays_code(hints.told_jurisdiction, year, synthetic=synthetic)
    if told and (hints.sure or named is None):
        return told
    if named is not None:
        return unit_in_year(named.unit_id, year, synthetic=synthetic) or named
    if hint_code is None or (body is not None and not is_without_place(body)):
        # A zone that isn't in the table, a place that no name of that year fits: unknown, not the portal's.
        return None
    return unit_of_todays_code(hint_code, year, synthetic=synthetic)


def _of_unit(
    bodies: Sequence[Body],
    units: Sequence[Unit | None],
    facts: PageFacts,
    hints: Hints,
    year: int | None,
    synthetic: bool,
) -> list[Evidence]:
    """Return what document, site, portal and person say of the territory."""
    pieces = [
        Evidence("unit", body.source if body.place else "text", unit.unit_id if unit else None, body.name)
        for body, unit in zip(bodies, units, strict=True)
        if unit or body.place
    ]
    person = "person (sure)" if hints.sure else "person"
    codes = [("SiteIDCode", facts.site_code), (person, hints.told_jurisdiction)]
    if hints.jurisdiction_code != hints.told_jurisdiction:
        codes.append(("portal", hints.jurisdiction_code))
    for source, code in codes:
        if code and (unit := unit_of_todays_code(code, year, synthetic=synthetic)):
            pieces.append(Evidence("unit", source, unit.unit_id, code))
    return pieces


def _of_zone(body: Body | None, year: int | None, synthetic: bool) -> list[Evidence]:
    """Return for which zone the report of a government tells as well."""
    if body is None or body.zone is None:
        return []
    place = find(body.zone, year, synthetic=synthetic)
    unit_id = place.unit.unit_id if isinstance(place, Match) and place.unit.level == "zone" else None
    return [Evidence("joint", "joint", unit_id, body.zone)]


def _of_kind(bodies: Sequence[Body], facts: PageFacts) -> list[Evidence]:
    """Return what the names and the voice of the text say of the kind of body; an office may upload anybody's report."""
    pieces = [
        Evidence("kind", body.source, body.kind, body.name)
        for body in bodies
        if body.kind != "unknown" and (body.source in _NAMES_THE_BODY or body.kind not in ("government", "office"))
        if body.source not in ("SiteName", "text", "opening")
    ]
    if voice := voice_of(facts.text, against_a_title=True):
        pieces.append(Evidence("kind", "voice", *voice))
    return pieces


def _kind(body: Body | None, facts: PageFacts) -> tuple[str, str | None]:
    """Return (subject_kind, evidence in words)."""
    if body is None or (body.kind == "unknown" and body.place is None):
        voice = voice_of(facts.text)
        return (voice[0], f"voice: {voice[1]}") if voice else ("unknown", None)
    evidence = f"{body.source}: {body.name}"
    if body.kind != "office" or body.source in _NAMES_THE_BODY:
        return body.kind, evidence
    # The office uploaded it; whose figures they are, only the text can tell.
    government, office = _GOVERNMENT_SPEAKS.search(facts.text), _OFFICE_SPEAKS.search(facts.text)
    if government and not office:
        return "government", f"{evidence}; the text speaks for the whole: {government[0].strip(',。;、')}"
    if office and not government:
        return "office", f"{evidence}; the text speaks for the office: {office[0]}"
    return "unknown", f"{evidence}; neither title nor text says whether for the office or the government"


def _publisher(body: Body | None, facts: PageFacts, unit: Unit | None, kind: str) -> str | None:
    """Return the body's name; a title that names only a place means its government or its committee."""
    if body is None:
        return None
    if kind == "township" and body.rest == body.name and body.rest.endswith(("镇", "乡", "苏木")):
        return body.name + "人民政府"
    if (of := reporting_body(body.name, kind)) != body.name:
        return of
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
