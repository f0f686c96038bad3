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
from transform.identity.publishers import begins_with_zone, is_generic, normal_publisher, reporting_body, subject_kind
from transform.identity.report_year import report_year
from transform.identity.scope import report_scope
from transform.observation import Hints, ReportIdentity
from transform.places.jurisdictions import Ambiguous, Match, Unit, find, is_below, unit_in_year, unit_of_todays_code

_GOVERNMENT_SPEAKS = re.compile(
    r"(?:(?<![\u3400-\u9fff])|[,。;、])(?:全[省市县区旗州盟]|我[省市县区旗州盟])|[省市县区旗州盟]政府(?:及|和|系统|各)|各(?:乡镇|街道|镇街|县区|县市区|部门)"
)
_OFFICE_SPEAKS = re.compile(
    r"我办|本办(?![法理])|我厅|本厅|本机关|本单位|[省市县区旗州盟]政府办(?:公室|公厅)?(?:共|全年|机关|本级)"
)


#: Whose words the text is in: 我局, 我镇, 我县. What kind of body speaks so of itself.
_VOICES = (
    (re.compile(r"[我本](?:局|委|厅)(?!员会)"), "department"),
    (re.compile(r"我[镇乡]|本[镇乡](?!村)"), "township"),
    (re.compile(r"我街道|本街道|我街(?!区)"), "subdistrict"),
)
_WHOLE_SPEAKS = re.compile(r"我[省市县区旗州盟](?!局|委|级)|本[省市县区旗州盟]政府")
#: Who does what the first sentence after 一、 tells: 2023年,雅安经开区认真贯彻…
_OPENING_BODY = re.compile(
    r"20\d\d年度?,(?P<name>[\u3400-\u9fff]{3,24}?)(?=在[^,。]{2,30}(?:领导|指导)下|坚持以?|认真|高度重视|深入|全面|严格|紧紧?围绕|按照|以习近平|积极|继续|不断|着力|切实)"
)
_BRANCH = re.compile(
    r"^.{0,12}?(?:局|委员会|总队|支队|公司|中心)(?P<place>[\u3400-\u9fff]{2,12}?)(?:分局|支局|分中心|大队|管理部)$"
)
_ZONE_WITH_DISTRICT = re.compile(r"^.{2,20}?区\((?P<district>[\u3400-\u9fff]{2,12}区)\)(?P<rest>.*)$")
_ZONE_FIRST = re.compile(
    r"(?P<zone>[^、和与及]{2,24}?(?:管委会|管理委员会))[、和与及(](?P<government>.{2,24}?(?:区|县|市)(?:人民)?政府)\)?"
)
_GOVERNMENT_WORDS = re.compile(
    r"(?:[省市县区旗州盟])?(?:(?:人民)?政府|行政公署|行署)?(?:[(]?本级[)]?|办公[室厅]|办)?|(?:党政|政府|综合)办公室"
)
_OTHER_PLACE = re.compile(r"^(?:市|县|省)?[\u3400-\u9fff]{0,12}兵团|^第[一二三四五六七八九十]+师")


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
    inner, outer = (
        unit_of_todays_code(site, year, synthetic=synthetic),
        unit_of_todays_code(portal, year, synthetic=synthetic),
    )
    return site if inner and outer and is_below(inner, outer.unit_id, synthetic=synthetic) else portal


def _body(facts: PageFacts, year: int | None, hint_code: str | None, synthetic: bool) -> _Body | None:
    """Return the body of the first source that names one; a title's words of no known kind if no source does."""
    unknown: _Body | None = None
    for source, name in facts.publishers:
        body = _read_body(source, normal_publisher(name), year, hint_code, synthetic)
        if body.kind != "unknown" or body.place is not None:
            return body
        if unknown is None and source in ("title", "link title", "sentence"):
            unknown = body
    return unknown


def _read_body(source: str, name: str, year: int | None, hint_code: str | None, synthetic: bool) -> _Body:
    """Take a body's name apart: the place it begins with, what is left, what kind of body that is."""
    named = name
    if joint := _ZONE_FIRST.fullmatch(name):
        # 广州开发区管理委员会、黄埔区人民政府: the government's report, told for the zone too.
        named = joint["government"]
    elif district := _ZONE_WITH_DISTRICT.match(name):
        place = find(district["district"], year, hint_code, synthetic=synthetic)
        if isinstance(place, Match) and place.unit.level != "zone" and not find(name, year, synthetic=synthetic):
            rest = re.sub(r"^(?:管委会|管理委员会)$", "人民政府", district["rest"])
            kind, words = subject_kind(rest)
            return _Body(name, place, rest, kind, words, source)
    place = find(named, year, hint_code, synthetic=synthetic)
    before, rest = named.split(place.words, 1) if place else ("", named)
    if place and "(" in place.words and rest in ("管委会", "管理委员会"):
        rest = ""  # 苏州高新区(虎丘区)管委会: the district's
    zone = isinstance(place, Match) and place.unit.level == "zone"
    kind, words = subject_kind(rest, place_is_zone=zone, before=before)
    if joint and kind == "government":
        words = name
    return _Body(name, place, rest, kind, words, source)


def _unit(
    body: _Body | None, facts: PageFacts, hints: Hints, year: int | None, hint_code: str | None, synthetic: bool
) -> Unit | None:
    """Return the territory: told, printed in the body's name, printed before it elsewhere in the text, or the portal's."""
    if hints.told_jurisdiction:
        return unit_of_todays_code(hints.told_jurisdiction, year, synthetic=synthetic)
    hinted = unit_of_todays_code(hint_code, year, synthetic=synthetic) if hint_code else None
    if body is None:
        return hinted
    if isinstance(body.place, Match):
        return _of_the_place(body, body.place.unit, year, synthetic)
    if isinstance(body.place, Ambiguous):
        return _in_year(_with_parent(body.place, facts.text), year, synthetic)
    if body.kind == "zone" or not is_generic(body.rest) or _OTHER_PLACE.match(body.rest):
        # A zone that isn't in the table, a place that no name of that year fits: unknown, not the portal's.
        return None
    return _from_context(body, facts, year, hint_code, synthetic) or hinted


def _of_the_place(body: _Body, unit: Unit, year: int | None, synthetic: bool) -> Unit | None:
    """Return the territory of a body whose name begins with a place: that place, the one that a branch is named after, or
    None where the rest names a place of its own (郑州市某某区, a zone that isn't in the table): never the parent."""
    if branch := _BRANCH.match(body.rest):
        lies_in = [branch["place"] + ending for ending in ("", "区", "县", "市", "旗")]
        found = [find(unit.name + name, year, unit.code, synthetic=synthetic) for name in lies_in]
        inner = {
            place.unit.unit_id: place.unit
            for name, place in zip(lies_in, found, strict=True)
            if isinstance(place, Match) and place.end == len(unit.name + name) and place.unit.unit_id != unit.unit_id
        }
        if len(inner) == 1:
            return next(iter(inner.values()))
        return None if not is_generic(branch["place"]) else unit
    if _OTHER_PLACE.match(body.rest) or (body.kind == "zone" and unit.level != "zone"):
        return None
    if body.kind in ("government", "office"):
        simple = _GOVERNMENT_WORDS.fullmatch(body.rest) or body.words in (body.name, body.rest) or _is_joint(body.rest)
        return unit if simple else None
    return unit if is_generic(body.rest) and not begins_with_zone(body.rest) else None


def _is_joint(rest: str) -> bool:
    return re.match(r"(?:人民)?政府[、和与及(]", rest) is not None


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
    if body is None or (body.kind == "unknown" and body.place is None):
        return _voice(facts.text)
    evidence = f"{body.source}: {body.name}"
    if body.kind != "office" or body.source in ("title", "link title", "sentence"):
        return body.kind, evidence
    # The office uploaded it; whose figures they are, only the text can tell.
    government, office = _GOVERNMENT_SPEAKS.search(facts.text), _OFFICE_SPEAKS.search(facts.text)
    if government and not office:
        return "government", f"{evidence}; the text speaks for the whole: {government[0].strip(',。;、')}"
    if office and not government:
        return "office", f"{evidence}; the text speaks for the office: {office[0]}"
    return "unknown", f"{evidence}; neither title nor text says whether for the office or the government"


def _voice(text: str) -> tuple[str, str | None]:
    """Return the kind of body that speaks of itself in a text that names none: 我局, 我镇."""
    spoken = [(kind, found[0]) for pattern, kind in _VOICES if (found := pattern.search(text))]
    if len(spoken) == 1 and not _WHOLE_SPEAKS.search(text):
        return spoken[0][0], f"the text speaks as {spoken[0][1]}"
    if opening := _OPENING_BODY.search(text):
        kind, _ = subject_kind(re.sub("^市", "", opening["name"]))
        if kind == "zone":
            return kind, f"opening words: {opening['name']}"
    return "unknown", None


def _publisher(body: _Body | None, facts: PageFacts, unit: Unit | None, kind: str) -> str | None:
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
