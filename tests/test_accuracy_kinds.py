"""Every kind of defect reads at least as well as its baseline says (``tests/baseline/accuracy.csv``)."""

from collections import Counter

import pytest

from tests.accuracy_kinds import BASELINE, COUNTS, Measured, load_baseline, measure, worse
from tests.defects.figures import figures
from tests.defects.sample import KINDS, Dice
from transform.observation import Observation
from transform.observations.checks import evaluate, with_consistency


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure()


def test_no_kind_of_defect_reads_worse_than_its_baseline(measured):
    assert worse(measured.counts, load_baseline()) == [], "\n".join(measured.faults[:20])


def test_no_defect_leads_to_a_silent_error(measured):
    assert sum(measured.counts.values(), Counter())["silent"] == 0


def test_every_kind_has_a_baseline(measured):
    assert measured.counts.keys() == load_baseline().keys(), (
        f"write {BASELINE} with python -m tests.accuracy_kinds --write"
    )


def test_worse_figures_are_complained_of():
    old = {("A", "sc_2019"): Counter(dict.fromkeys(COUNTS, 5))}
    fewer = {("A", "sc_2019"): Counter({**dict.fromkeys(COUNTS, 5), "right": 4, "silent": 6})}
    assert worse(fewer, old) == ["A sc_2019: right 4, was 5", "A sc_2019: silent 6, was 5"]
    assert worse(old, old) == []
    assert worse({}, old) == ["A sc_2019: no longer measured"]


@pytest.mark.parametrize("form", ["sc_2019", "sc_2021", "sc_2014", "pre2014_local"])
def test_typeset_figures_satisfy_every_identity_of_their_form(form):
    for seed in range(3):
        made = figures(form, Dice("identities", seed), sparse=bool(seed % 2))
        seen = [
            Observation(
                form, i, a, float(t), t, None, None, None, "table", "reported", "confirmed", "uncovered", "", ""
            )
            for (i, a), t in made.items()
        ]
        checks = evaluate(seen)
        assert [c.identity for c in checks if c.severity == "exact" and c.status != "holds"] == []
        assert sum(o.consistency == "holds" for o in with_consistency(seen, checks)) >= 20


def test_a_kind_gives_the_same_bytes_every_time():
    for kind in KINDS[::17]:
        assert kind.draw(1) == kind.draw(1)
