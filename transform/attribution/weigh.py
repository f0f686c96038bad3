"""One function that weighs evidence: pieces for one claim and the value that stands in, how sure that is out.

A claim is the ``unit``, the ``year`` or the ``kind`` of body of a report. Pieces may agree with a value, contradict it or have
nothing to say about it: a city's portal that hosts its district's report agrees, a district's that hosts its city's says
nothing, a page put up again years later says nothing about the year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from transform.attribution.rules import Rules, Source, load_rules
from transform.observation import Evidence, ReportIdentity
from transform.places.jurisdictions import is_within

CONFIRMED, SINGLE, DOUBTFUL = "confirmed", "single", "doubtful"
#: From best to worst.
ATTRIBUTIONS = (CONFIRMED, SINGLE, DOUBTFUL)
#: Bodies that are one in what they report: the office that writes it, and the government.
_SAME_KIND = frozenset({"government", "office"})


@dataclass(frozen=True)
class Weighed:
    """How sure a value is: ``confirmed`` (two groups agree), ``single``, ``doubtful``; None where there is no value or nothing
    speaks for it. ``agrees`` says of each piece whether it does, None where it says nothing about the value; ``words`` is all
    of it as a sentence."""

    attribution: str | None
    agrees: tuple[bool | None, ...]
    words: str | None


def weigh(pieces: Sequence[Evidence], value: str | None) -> Weighed:
    """Weigh the pieces of evidence for one claim against the value that stands."""
    rules = load_rules()
    sources = [rules.sources[piece.source] for piece in pieces]
    agrees = tuple(_agrees(piece, value) for piece in pieces)
    if value is None:
        return Weighed(None, agrees, _words(pieces, agrees))
    groups = {source.group for source, yes in zip(sources, agrees, strict=True) if yes}
    against = [
        (piece, source)
        for piece, source, yes in zip(pieces, sources, agrees, strict=True)
        if yes is False and not source.supports_only
    ]
    words = _words(pieces, agrees)
    if not groups:
        return Weighed(None, agrees, words)
    if against and (
        _is_unsettled(pieces, value, rules) or (any(s.always for _, s in against) and not _is_decided(sources, agrees))
    ):
        return Weighed(DOUBTFUL, agrees, words)
    return Weighed(CONFIRMED if len(groups) > 1 and not against else SINGLE, agrees, words)


def weightiest(pieces: Sequence[Evidence], first: str | None = None) -> str | None:
    """Return the value with the highest score, None where no piece names one; ``first`` goes first among equals.

    A year that was not over on the day of publication only stands where no other is named.
    """
    values = dict.fromkeys(piece.value for piece in pieces if piece.value is not None and piece.source != "published")
    if not values:
        return None
    rules = load_rules()
    possible = [v for v in values if not any(p.source == "published" and _agrees(p, v) is False for p in pieces)]
    return max(possible or values, key=lambda v: (_score(pieces, v, rules), v == first, v))


def with_attribution(identity: ReportIdentity) -> ReportIdentity:
    """Return an identity with its attribution and the evidence in words, as its pieces of evidence give them."""
    values = {
        "unit": identity.unit_id,
        "year": str(identity.year) if identity.year else None,
        "kind": identity.subject_kind,
    }
    weighed = {
        claim: weigh([piece for piece in identity.evidence if piece.claim == claim], value)
        for claim, value in values.items()
    }
    kind = weighed["kind"]
    doubt = DOUBTFUL if kind.attribution == DOUBTFUL else SINGLE
    attribution = worst([weighed["unit"].attribution, weighed["year"].attribution])
    if attribution is not None and doubt == DOUBTFUL:
        attribution = DOUBTFUL
    subject = identity.subject_evidence
    if kind.words and "; against: " in kind.words and subject and "; against: " not in subject:
        subject += kind.words[kind.words.index("; against: ") :]
    return replace(
        identity,
        attribution=attribution,
        subject_evidence=subject,
        unit_evidence=weighed["unit"].words,
        year_evidence=weighed["year"].words,
    )


def worst(attributions: Iterable[str | None]) -> str | None:
    """Return the worst of some attributions; None where one is not known and none is doubtful."""
    found = set(attributions)
    if DOUBTFUL in found:
        return DOUBTFUL
    return None if None in found or not found else max(found, key=lambda one: ATTRIBUTIONS.index(str(one)))


def _is_unsettled(pieces: Sequence[Evidence], value: str, rules: Rules) -> bool:
    score = _score(pieces, value, rules)
    others = {piece.value for piece in pieces if piece.value is not None and piece.source != "published"} - {value}
    rivals = [o for o in others if any(p.value == o and _agrees(p, value) is False for p in pieces)]
    return any(score - _score(pieces, other, rules, contradicting=value) < rules.margin for other in rivals)


def _is_decided(sources: Sequence[Source], agrees: Sequence[bool | None]) -> bool:
    """True where a person has settled the matter against the document."""
    settled = load_rules().sources["person (sure)"].weight
    return any(yes and source.weight >= settled for source, yes in zip(sources, agrees, strict=True))


def _score(pieces: Sequence[Evidence], value: str, rules: Rules, contradicting: str | None = None) -> int:
    """Return the sum of the weightiest pieces of each hand that agree with a value (and contradict another)."""
    hands: dict[str, int] = {}
    for piece in pieces:
        source = rules.sources[piece.source]
        if not _agrees(piece, value):
            continue
        # What does not contradict the other value decides nothing between them; a day that fits one year only does.
        rival = contradicting is not None and piece.source != "published"
        if rival and (source.supports_only or _agrees(piece, contradicting) is not False):
            continue
        hands[source.hand] = max(hands.get(source.hand, 0), source.weight)
    return sum(hands.values())


def _agrees(piece: Evidence, value: str | None) -> bool | None:
    if piece.value is None or value is None:
        return None
    if piece.source == "published":
        return _fits_day(piece.value, int(value))
    if piece.value == value:
        return True
    if piece.claim == "kind":
        return None if {piece.value, value} <= _SAME_KIND or "unknown" in (piece.value, value) else False
    if piece.claim == "unit":
        return _relation(piece, value)
    return False


def _fits_day(day: str, year: int) -> bool | None:
    """A report on a year is not published before its December (some close their books on 29 or 30 December)."""
    if day < f"{year}-12-01":
        return False
    return True if day < f"{year + 2}-01-01" else None


def _relation(piece: Evidence, value: str) -> bool | None:
    """Tell what evidence for one territory says about another: the place may be an upper level's, the body a lower one's."""
    assert piece.value is not None
    group = load_rules().sources[piece.source].group
    if is_within(value, piece.value):
        # A city's portal hosts its districts' reports; a field that names the city says nothing of which district.
        return True if group == "place" else None
    if is_within(piece.value, value):
        return None if group == "place" or piece.source in ("发布机构", "ContentSource", "text") else False
    return False


def _words(pieces: Sequence[Evidence], agrees: Sequence[bool | None]) -> str | None:
    """Say what speaks for a value and what against it: ``title 乙县人民政府, portal 990102; against: period 2021``."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for piece, yes in zip(pieces, agrees, strict=True):
        if yes is not None:
            told[yes].append(f"{piece.source} {piece.words}")
    parts = [", ".join(dict.fromkeys(told[True]))] if told[True] else []
    if told[False]:
        parts.append("against: " + ", ".join(dict.fromkeys(told[False])))
    return "; ".join(parts) or None
