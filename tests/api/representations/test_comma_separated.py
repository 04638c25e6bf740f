"""CSV: what a spreadsheet and a chart are made from, and nothing that a spreadsheet would run."""

import csv
import io
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.representations.comma_separated import cell, harmless, text

CSV = {"Accept": "text/csv"}


def rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))


@pytest.mark.parametrize(
    "shown",
    [
        "=1+1",
        '=HYPERLINK("https://example.org")',
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\rtext",
        "\ntext",
        "  =1",
        "\u00a0=1",
        "\u3000＝1",
        "＝1",
        "＋1",
        "－1",
        "＠A1",
        "﹦1",
        "\ufeff=1",
        "\u200b=1",
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_shown_as_text(shown: str) -> None:
    assert harmless(shown) == f"'{shown}"


@pytest.mark.parametrize("shown", ["", "withdrawn", "a = b", "a-b", "5 soldiers", "about −5", "'quoted", "é"])
def test_any_other_text_is_as_it_was(shown: str) -> None:
    assert harmless(shown) == shown


@given(st.text())
def test_no_cell_of_text_begins_as_a_formula(shown: str) -> None:
    written = cell(shown)
    assert written in (shown, f"'{shown}")
    if written:
        begins = unicodedata.normalize("NFKC", written.strip()[:1])
        assert begins[:1] not in tuple("=+-@")
        assert written[0] not in "\t\r\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-0.25, "-0.25"),
        (-3, "-3"),
        (0.1 + 0.2, "0.30000000000000004"),
        (True, "true"),
        (None, ""),
        ([], ""),
        (["cnn", "twz"], "cnn; twz"),
        (["-a", "b"], "'-a; b"),
        (["a; b", "c"], '["a; b", "c"]'),
        ({"about": 4000.0}, '{"about": 4000.0}'),
    ],
)
def test_numbers_stay_numbers_and_lists_are_one_cell(value: Any, written: str) -> None:
    assert cell(value) == written


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_every_cell_is_read_back_as_it_was_written(cells: list[str]) -> None:
    columns = [f"c{position}" for position in range(len(cells))]
    written = text(columns, [dict(zip(columns, cells, strict=True))])
    assert written.startswith(",".join(columns) + "\r\n")
    header, row = csv.reader(io.StringIO(written, newline=""))
    assert (header, row) == (columns, [harmless(each) for each in cells])


def test_lines_end_as_the_standard_says_and_the_header_tells_the_charset(kursk: Any) -> None:
    answer = kursk.get("/v1/claims", headers=CSV)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.data.count(b"\r\n") == 2
    assert answer.data.count(b"\n") == 2


@pytest.mark.parametrize(
    "path", ["claims", "sources", "questions", "corrections", "claims/kindratenko-cnn/corrections"]
)
def test_a_list_has_the_jsons_fields_and_pages_like_it(
    kursk: Any, claim: dict[str, Any], narrowing: dict[str, Any], path: str
) -> None:
    kursk.post("/v1/claims", claim)
    kursk.post("/v1/claims/kindratenko-cnn/corrections", narrowing)
    kursk.post("/v1/claims/kindratenko-cnn/corrections", {**narrowing, "kind": "reaffirm", "scope": None})
    page, items = f"/v1/{path}?limit=1", []
    while page:
        answer = kursk.get(page, headers=CSV)
        items += rows(answer)
        page = answer.headers["Link"].split("<")[1].split(">")[0] if "Link" in answer.headers else ""
    documents = kursk.get(f"/v1/{path}").json["items"]
    assert [item["id"] for item in items] == [document["id"] for document in documents]
    assert len(items) > 1
    names = {column.split("_")[0] if column.startswith("quantity") else column for column in items[0]}
    assert names == set(documents[0])


def test_an_empty_list_still_has_its_header(anyone: Any) -> None:
    answer = anyone.get("/v1/claims", headers=CSV)
    assert answer.text.startswith("id,source,question,answer,scope,stated_at,")
    assert rows(answer) == []


def test_what_was_said_cannot_become_a_formula(kursk: Any, claim: dict[str, Any]) -> None:
    text = '=HYPERLINK("https://example.org";"click")'
    kursk.post("/v1/claims", {**claim, "text": text})
    (row,) = rows(kursk.get("/v1/claims/another-claim", headers=CSV))
    assert row["text"] == f"'{text}"


def test_a_claims_score_is_one_row_of_the_same_numbers(kursk: Any) -> None:
    path = "/v1/claims/kindratenko-cnn/score"
    document, (row,) = kursk.get(path).json, rows(kursk.get(path, headers=CSV))
    assert float(row["score"]) == document["score"]
    assert float(row["interval_low"]) == document["interval"]["low"]
    assert row["grades_icd203"] == document["grades"]["icd203"]
    assert int(row["grades_stix_confidence"]) == document["grades"]["stix_confidence"]
    assert row["summary"] == document["summary"]


def test_what_cannot_be_judged_is_empty(kursk: Any) -> None:
    withdrawal = {"kind": "retract", "by": "kindratenko", "stated_at": "2025-02-01T10:00:00Z"}
    kursk.post("/v1/claims/kindratenko-cnn/corrections", withdrawal)
    (row,) = rows(kursk.get("/v1/claims/kindratenko-cnn/score", headers=CSV))
    assert (row["score"], row["interval_low"], row["grades_stix_confidence"]) == ("", "", "")
    assert row["standing"] == "retracted"


def test_a_questions_score_is_a_row_an_answer(record: Any) -> None:
    path = "/v1/questions/dprk-on-kursk-front/score"
    document, answers = record(path).json, rows(record(path, "text/csv"))
    assert [(row["answer"], float(row["credence"])) for row in answers] == [
        (each["answer"], each["credence"]) for each in document["answers"]
    ]
    assert {row["contested"] for row in answers} == {"true"}


def test_a_questions_number_is_one_row(record: Any) -> None:
    path = "/v1/questions/dprk-casualties/score"
    document, (row,) = record(path).json, rows(record(path, "text/csv"))
    assert float(row["median"]) == document["quantity"]["median"]
    assert (row["unit"], row["answer"], row["credence"]) == ("persons", "", "")


def test_a_questions_history_is_a_row_for_each_moment_and_answer(record: Any) -> None:
    path = "/v1/questions/dprk-on-kursk-front/history?limit=5"
    items, found = record(path).json["items"], rows(record(path, "text/csv"))
    assert [(row["event_at"], row["as_of"], row["answer"], float(row["credence"])) for row in found] == [
        (item["event"]["at"], item["as_of"], each["answer"], each["credence"])
        for item in items
        for each in item["answers"]
    ]
    assert record(path, "text/csv").headers["Link"] == record(path).headers["Link"]


def test_a_claims_history_is_a_row_a_moment(record: Any) -> None:
    path = "/v1/claims/kindratenko-cnn/history?limit=20"
    items, found = record(path).json["items"], rows(record(path, "text/csv"))
    assert [(row["event_id"], row["standing"]) for row in found] == [
        (item["event"]["id"], item["standing"]) for item in items
    ]
    assert "narrowed" in {row["standing"] for row in found}
