"""The page and the diagram that are drawn from results."""

import json
from xml.etree import ElementTree

import pytest

from benchmarks import figures, reliability

CALIBRATION = [
    {"low": 0.6, "high": 0.7, "n": 50, "mean_credence": 0.66, "frequency": 0.6},
    {"low": 0.9, "high": 1.0, "n": 150, "mean_credence": 0.97, "frequency": 1.0},
]
LINE = {
    "dataset": "news & views",
    "n_sources": 10,
    "n_objects": 300,
    "n_attributions": 1500,
    "n_truths": 200,
    "accuracy": 0.9,
    "accuracy_interval": [0.85, 0.95],
    "majority": 0.8,
    "brier": 0.05,
    "log_loss": 0.2,
    "ece": 0.0375,
    "calibration": CALIBRATION,
    "peers": {"crowd-kit GLAD": 0.91},
    "best_peer": "crowd-kit GLAD",
    "gap_to_best_peer": -0.01,
    "gap_to_best_peer_interval": [-0.03, 0.01],
}


@pytest.fixture
def docs(tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    untold = {"dataset": "untold", "n_truths": 0, "accuracy": None}
    amounts = {"dataset": "tolls", "n_truths": 99, "mae": 1234.5, "mae_of_mean": 2000.0, "coverage": 0.91}
    lines = [LINE, {**LINE, "dataset": "few", "n_truths": 99}, untold, {**LINE, **amounts}]
    (results / "accuracy.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert figures.main([str(results), str(tmp_path / "docs")]) == 0
    return tmp_path / "docs"


def test_the_table_shows_each_measured_record_beside_its_best_peer(docs):
    page = (docs / "benchmarks.md").read_text()
    row = next(line for line in page.splitlines() if "`news & views`" in line)
    assert "**0.900** [0.850, 0.950]" in row
    assert "0.910 crowd-kit GLAD" in row
    assert "-0.010 [-0.030, 0.010]" in row
    assert "`untold`" not in page


def test_amounts_have_a_table_of_their_own(docs):
    page = (docs / "benchmarks.md").read_text()
    assert "| `tolls` | 2,000 | **1,234.5**  | 0.910  | –  |" in page


def test_where_a_peer_is_ahead_the_page_says_so(docs):
    assert (
        "A peer is ahead on `news & views` (crowd-kit GLAD, by 0.010)" in (docs / "benchmarks.md").read_text()
    )


def test_what_was_predicted_in_time_stands_beside_the_simple_rules(tmp_path):
    walked = {"dataset": "polls", "n": 1234, "brier": 0.081, "brier_interval": [0.07, 0.09]}
    rules = {"global_rate": {"brier": 0.25}, "as_stated": {"brier": 0.1}}
    line = {**walked, "baselines": rules, "per_claim": {"n": 5, "brier": 0.2}}
    (tmp_path / "prequential.jsonl").write_text(json.dumps(line))
    figures.main([str(tmp_path), str(tmp_path)])
    page = (tmp_path / "benchmarks.md").read_text()
    row = "| `polls` | 1,234 | brier | 0.250 global rate, 0.100 as stated | **0.081** [0.070, 0.090] |"
    assert row in page
    assert "| `polls`, each claim | 5 | brier | – | **0.200**  |" in page


def test_what_has_not_been_measured_is_not_made_up(docs):
    assert (docs / "benchmarks.md").read_text().count("Not measured yet.") == 4


def test_a_ledger_has_a_column_for_each_size_and_a_gap_where_nothing_was_measured(tmp_path):
    lines = [
        {"n_claims": 10_000, "bulk_s": 3.1234, "inside": {"fit_of_rows_s": 0.8}, "as_of": {"p50": 0.0864}},
        {"n_claims": 1_000_000, "bulk_s": 612.3, "inside": {}, "as_of": {"p50": 6}},
    ]
    (tmp_path / "ledger.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    figures.main([str(tmp_path), str(tmp_path)])
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| claims | 10,000 | 1,000,000 |" in page
    assert "| all claims sent in bulk | 3.12 | 612 |" in page
    assert "| inside: a fit of plain records in memory | 0.8 | – |" in page
    assert "| a score of the past, median | 0.0864 | 6 |" in page


def test_the_service_stands_beside_its_yardsticks(tmp_path):
    compared = {
        "measured": "score read", "beside": "bare Flask view", "per_s": 1234.0, "yardstick_per_s": 1180.0,
        "ratio": 1.0457, "ratio_low": 0.9, "ratio_high": 1.2, "cpu_ratio": 1.01,
    }  # fmt: skip
    lines = [compared, {"measured": "worker", "ready_s": 0.5}]
    (tmp_path / "http.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    figures.main([str(tmp_path), str(tmp_path)])
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| score read | bare Flask view | 1,234.0 / 1,180.0 | 1.05 [0.9, 1.2] | 1.01 |" in page
    assert "| worker |" not in page


def test_the_diagram_is_an_image_with_a_description_and_a_point_for_each_bin(docs):
    image = ElementTree.parse(docs / "reliability.svg").getroot()  # noqa: S314  our own file
    named = {element.tag.split("}")[1]: element for element in image}
    assert named["desc"].text == "news & views: calibration error 0.037 over 200"
    assert len(image.findall(".//{*}circle")) == len(CALIBRATION)


def test_the_interval_of_a_frequency_is_that_of_the_literature():
    # Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263.
    assert reliability.wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
