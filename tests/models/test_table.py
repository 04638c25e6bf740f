"""Tables of attributions, fitted by the estimator that scores the ledger."""

import numpy as np
import pytest
from factories import make_claim, make_question, make_record, make_source
from scipy.special import expit

from models.answer import Names
from models.attributions import Attributions
from models.constants import Constants
from models.credence import CredenceModel
from models.table import likelihood_of

RNG = np.random.default_rng


def fitted(*columns, **parameters):
    table = Attributions.from_columns(*columns)
    return table, CredenceModel(**({"tol": 1e-4} | parameters)).fit(table)


def leading(table, model):
    """The leading value of each object."""
    best = {}
    for fact in np.argsort(model.fact_credence_):
        best[table.objects[table.fact_object[fact]]] = table.values[table.fact_value[fact]]
    return best


def simulated(n_sources, n_objects, n_claims, n_values, accuracy, *, are_shared=False):
    rng = RNG(0)
    right = rng.beta(*accuracy, n_sources)
    truth = rng.integers(0, n_values, n_objects)
    source, object_ = rng.integers(0, n_sources, n_claims), rng.integers(0, n_objects, n_claims)
    wrong = rng.integers(0, n_values, n_claims)
    value = np.where(rng.random(n_claims) < right[source], truth[object_], wrong)
    name = (lambda o, v: f"{v}") if are_shared else (lambda o, v: f"{o}-{v}")
    columns = [f"s{s}" for s in source], object_.tolist(), [*map(name, object_, value)]
    return columns, {o: name(o, v) for o, v in enumerate(truth)}


def share_right(answers, truth):
    return np.mean([answers[o] == truth[o] for o in answers])


def voted(columns):
    counts = {}
    for object_, value in zip(*columns[1:], strict=True):
        counts.setdefault(object_, {}).setdefault(value, 0)
        counts[object_][value] += 1
    return {object_: max(said, key=said.get) for object_, said in counts.items()}


@pytest.mark.parametrize("are_shared", [True, False])
def test_a_table_and_a_ledger_that_say_the_same_get_the_same_credences(are_shared):
    """One kind of source without mandates; lists that all questions share, or each has to itself."""
    rng, constants = RNG(3), Constants()
    n_questions, names = constants.shared_answers_questions + 5, ["p", "q", "r"]
    unnamed = int(constants.unnamed_answers)
    said = {(f"s{s}", q): names[rng.integers(0, 3)] if are_shared else f"{q}{names[rng.integers(0, 3)]}"
            for s in range(6) for q in range(n_questions) if rng.random() < 0.5}  # fmt: skip
    named = {q: sorted({a for (_, at), a in said.items() if at == q}) for q in range(n_questions)}
    answers = {q: names if are_shared else (*named[q], *(f"{q}-{i}" for i in range(unnamed))) for q in named}
    record = make_record(
        *(make_source(f"s{s}", mandates=()) for s in range(6)),
        *(make_question(f"q{q}", answers=tuple(answers[q])) for q in answers),
        *(make_claim(f"{s}-{q}", source=s, question=f"q{q}", answer=Names((a,)))
          for (s, q), a in said.items()),
    )  # fmt: skip
    table = Attributions.from_columns([s for s, _ in said], [q for _, q in said], list(said.values()))
    assert table.has_shared_answers is are_shared
    # A source without a mandate stands at vantage "unknown"; a table says nothing of vantage.
    here = CredenceModel(Constants(vantage_unknown=0.0, shared_doubt=0.0), tol=1e-12).fit(record)
    there = CredenceModel(Constants(table_doubt=0.0), tol=1e-12).fit(table)
    for fact, credence in enumerate(there.fact_credence_):
        question = table.objects[table.fact_object[fact]]
        point = record.questions[f"q{question}"].answers.index(table.values[table.fact_value[fact]])
        assert credence == pytest.approx(here.credence_[f"q{question}"][point], abs=1e-7)
    reliability = dict(zip(here.columns_.source, here.reliability_, strict=True))
    assert dict(zip(table.sources, there.reliability_, strict=True)) == pytest.approx(reliability, abs=1e-7)


@pytest.mark.parametrize("are_shared", [True, False])
@pytest.mark.parametrize("n_claims", [2_000, 8_000])
def test_it_is_better_than_the_vote_where_sources_differ(n_claims, are_shared):
    columns, truth = simulated(40, 800, n_claims, 4, (2, 2), are_shared=are_shared)
    table, model = fitted(*columns)
    assert share_right(leading(table, model), truth) > share_right(voted(columns), truth) + 0.02


def heavy_sides(seed):
    """Six heavy sources that always say one thing, and cover what they can say it of."""
    rng = RNG(seed)
    truth = rng.integers(0, 2, 400)
    rows = [
        (f"heavy{k}", o, k % 2)
        for k in range(6) for o in range(400) if rng.random() < (0.49 if truth[o] == k % 2 else 0.21)
    ]  # fmt: skip
    for j in range(1500):
        o = int(rng.integers(400))
        rows.append((f"light{j}", o, int(truth[o] if rng.random() < 0.65 else 1 - truth[o])))
    return list(zip(*rows, strict=True)), dict(enumerate(truth))


CASES = {
    "one claim a source": lambda: simulated(10**6, 800, 4_000, 2, (14, 6), are_shared=True),
    "hardly anybody is right": lambda: simulated(300, 600, 3_600, 5, (3, 6), are_shared=True),
    "a crowd that is mostly wrong": lambda: simulated(30, 600, 3_600, 10, (2, 6), are_shared=True),
    "heavy sources that choose their side": lambda: heavy_sides(1),
    "open answers, mostly wrong": lambda: simulated(300, 1_500, 6_000, 50, (2, 5)),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_never_far_below_the_vote(case):
    columns, truth = CASES[case]()
    table, model = fitted(*columns)
    assert share_right(leading(table, model), truth) > share_right(voted(columns), truth) - 0.01


def test_values_that_recur_and_are_rarely_confirmed_count_for_less():
    """Everybody names a town; one site names the country instead, of a third of them."""
    rng = RNG(0)
    rows = []
    for o in range(300):
        rows += [(f"site{k}", o, f"town{o}") for k in range(2) if rng.random() < 0.6]
        rows.append(("lazy", o, "country" if o % 3 == 0 else f"town{o}"))
    for o in range(300, 340):
        rows += [("lazy", o, "country"), ("site0", o, f"town{o}")]
    table, model = fitted(*zip(*rows, strict=True))
    answers = leading(table, model)
    assert all(answers[o] == f"town{o}" for o in range(300, 340))


def test_numbers_that_are_close_support_each_other():
    def ratio(*said):
        """How far the first value is ahead of the third, which two sources give."""
        table, model = fitted(list("abcd"), ["x"] * 4, list(said))
        credence = {table.values[v]: p for v, p in zip(table.fact_value, model.fact_credence_, strict=True)}
        return credence[said[0]] / credence[said[2]]

    assert ratio("1000", "1010", "5000", "5000") > 1.2 * ratio("v1", "v2", "v3", "v3")


@pytest.mark.parametrize("are_shared", [True, False])
def test_credences_and_what_nobody_named_sum_to_one(are_shared):
    columns, _ = simulated(20, 60, 200, 3, (4, 2), are_shared=are_shared)
    table, model = fitted(*columns)
    total = np.bincount(table.fact_object, model.fact_credence_, minlength=len(table.objects))
    np.testing.assert_allclose(total + model.unnamed_credence_, 1.0, atol=1e-9)


def test_a_claim_that_weighs_nothing_might_as_well_not_be_there():
    columns, _ = simulated(20, 60, 300, 3, (4, 2))
    table = Attributions.from_columns(*columns)
    term = np.linspace(-1, 1, len(table.sources) + 1)
    weight = np.ones(table.n_claims)
    full, plain = (likelihood_of(table, Constants(), w) for w in (weight, None))
    for one, other in zip(
        vars(full.expected(term)).values(), vars(plain.expected(term)).values(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    weight[table.claim_source == 0] = 0.0
    silent = likelihood_of(table, Constants(), weight)
    assert silent.expected(term).complete[0] == 0
    rows = [i for i in range(len(columns[0])) if columns[0][i] != table.sources[0]]
    rest = Attributions.from_columns(*([column[i] for i in rows] for column in columns))
    expected = likelihood_of(rest, Constants())
    expected.expected(np.array([*(term[table.sources.index(s)] for s in rest.sources), term[-1]]))

    def by_fact(facts, likelihood):
        points = likelihood.columns.first_point[facts.fact_object] + np.arange(facts.n_facts)
        points -= facts.object_start[facts.fact_object]
        return zip(facts.fact_object, facts.fact_value, likelihood.posterior[points], strict=True)

    credence = {(table.objects[o], table.values[v]): p for o, v, p in by_fact(table, silent)}
    for o, v, p in by_fact(rest, expected):
        others = np.diff(table.object_start)[table.objects.index(rest.objects[o])]
        if others == np.diff(rest.object_start)[o]:
            assert credence[rest.objects[o], rest.values[v]] == pytest.approx(p, rel=1e-4)


def test_reliabilities_follow_what_sources_get_right():
    columns, truth = simulated(30, 2_000, 12_000, 4, (2, 2), are_shared=True)
    table, model = fitted(*columns)
    right = np.array([
        np.mean([truth[o] == v for s, o, v in zip(*columns, strict=True) if s == source])
        for source in table.sources
    ])  # fmt: skip
    assert np.corrcoef(right, model.reliability_)[0, 1] > 0.95
    assert np.all(model.source_variance_ > 0)
    assert np.all(model.reliability_ == expit(Constants().baseline + model.track_term_[:-1]))


def test_nothing_is_fitted_to_nothing():
    table, model = fitted([], [], [])
    assert model.is_converged_
    assert len(model.fact_credence_) == 0
    assert table.n_claims == 0
