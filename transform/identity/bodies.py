"""Bodies as names tell them: a publisher's name in, the place it begins with, its kind and its territory out.

A name whose rest is a place of its own (郑州市某某区, a zone that is in no table) has no territory: never its parent's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from transform.identity.page_facts import PageFacts
from transform.identity.publishers import begins_with_zone, is_generic, reporting_body, subject_kind
from transform.places.jurisdictions import Ambiguous, Match, Unit, find, unit_in_year

#: Whose words the text is in: 我局, 我镇, 我县. What kind of body speaks so of itself.
_VOICES = (
    (re.compile(r"[我本](?:局|委|厅)(?!员会)"), "department"),
    (re.compile(r"我[镇乡]|本[镇乡](?!村)"), "township"),
    (re.compile(r"我街道|本街道|我街(?!区)"), "subdistrict"),
)
_WHOLE_SPEAKS = re.compile(r"我[省市县区旗州盟](?!局|委|级)|本[省市县区旗州盟]政府")
_ALL = re.compile(r"全[省市县区旗州盟](?!面)")
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
_ZONE_SECOND = re.compile(r"(?:人民)?政府[、和与及(](?P<zone>[^、和与及()]{2,24}?(?:管委会|管理委员会))")
_GOVERNMENT_WORDS = re.compile(
    r"(?:[省市县区旗州盟])?(?:(?:人民)?政府|行政公署|行署)?(?:[(]?本级[)]?|办公[室厅]|办)?|(?:党政|政府|综合)办公室"
)
_OTHER_PLACE = re.compile(r"^(?:市|县|省)?[\u3400-\u9fff]{0,12}兵团|^第[一二三四五六七八九十]+师")


@dataclass(frozen=True)
class Body:
    """A body as found: its name, the place it begins with (None or Ambiguous too), its kind with the deciding words, and the zone
    for which a government reports as well."""

    name: str
    place: Match | Ambiguous | None
    rest: str
    kind: str
    words: str | None
    source: str
    zone: str | None = None


def read_body(source: str, name: str, year: int | None, hint_code: str | None, synthetic: bool) -> Body:
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
            return Body(name, place, rest, kind, words, source, name[: name.index("(")])
    place = find(named, year, hint_code, synthetic=synthetic)
    before, rest = named.split(place.words, 1) if place else ("", named)
    if place and "(" in place.words and rest in ("管委会", "管理委员会"):
        rest = ""  # 苏州高新区(虎丘区)管委会: the district's
    zone = isinstance(place, Match) and place.unit.level == "zone"
    kind, words = subject_kind(rest, place_is_zone=zone, before=before)
    both = joint or _ZONE_SECOND.match(rest)
    beside = both["zone"] if both else None
    if joint and kind == "government":
        words = name
    return Body(name, place, rest, kind, words, source, beside if kind == "government" else None)


def unit_of_body(body: Body, facts: PageFacts, year: int | None, hint_code: str | None, synthetic: bool) -> Unit | None:
    """Return the territory that a body's name gives, alone or with what the page prints before it; None where it gives none."""
    if isinstance(body.place, Match):
        return _of_the_place(body, body.place.unit, year, synthetic)
    if isinstance(body.place, Ambiguous):
        unit = _with_parent(body.place, facts.text)
        return unit and (unit_in_year(unit.unit_id, year, synthetic=synthetic) or unit)
    return _from_context(body, facts, year, hint_code, synthetic) if is_without_place(body) else None


def is_without_place(body: Body) -> bool:
    """True where a name leaves its place out (县财政局); false for a zone that isn't in the table and for a place that no name of
    that year fits."""
    named = body.kind == "zone" or not is_generic(body.rest) or _OTHER_PLACE.match(body.rest)
    return body.place is None and not named


def _of_the_place(body: Body, unit: Unit, year: int | None, synthetic: bool) -> Unit | None:
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
    body: Body, facts: PageFacts, year: int | None, hint_code: str | None, synthetic: bool
) -> Unit | None:
    """Return the place printed right before the body's name elsewhere on the page: 桃江县松木塘镇 for 松木塘镇人民政府."""
    stem = re.sub(r"(?:人民政府|办事处|政府)$", "", reporting_body(body.rest, body.kind))
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


def opening_body(text: str, year: int | None, hint_code: str | None, synthetic: bool) -> Body | None:
    """Return the body that the opening words tell of (2023年，乙县坚持…), None where they begin with no place."""
    if (opening := _OPENING_BODY.search(text)) is None:
        return None
    body = read_body("opening", opening["name"], year, hint_code, synthetic)
    return body if isinstance(body.place, Match) and body.kind != "unknown" else None


def voice_of(text: str, *, against_a_title: bool = False) -> tuple[str, str] | None:
    """Return the kind of body that speaks of itself in a text (我局, 我镇) and its words; None where none does or several do.

    It must never speak for the whole (我县); where a title names another kind of body and the text tells of the whole (全县), words that
    stand there once decide nothing.
    """
    spoken = [(kind, found) for pattern, kind in _VOICES if (found := pattern.findall(text))]
    if len(spoken) == 1 and not _WHOLE_SPEAKS.search(text):
        kind, words = spoken[0]
        wanted = 2 if against_a_title and _ALL.search(text) else 1
        if len(words) >= wanted:
            return kind, words[0]
    if not against_a_title and (opening := _OPENING_BODY.search(text)):
        kind, _ = subject_kind(re.sub("^市", "", opening["name"]))
        if kind == "zone":
            return kind, opening["name"]
    return None
