"""What comes in which form: in the contract, on the page about the API, and in what is answered."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.docs import document_of

FORMS = ["application/json", "text/csv", "application/ld+json", "application/stix+json;version=2.1"]
CLAIM = "/v1/claims/kindratenko-cnn"
PAGE = Path(__file__).parents[3] / "docs/api.md"
# Of the page's table: the first column, and addresses of such answers.
SHOWN = {
    "a claim, `claims`": ("claims/kindratenko-cnn", "claims"),
    "a claim's `/score`": ("claims/kindratenko-cnn/score",),
    "a source, `sources`": ("sources/kindratenko", "sources"),
    "a source's `/score`": ("sources/kindratenko/score",),
    "a question, `questions`": ("questions/dprk-on-kursk-front", "questions"),
    "a question's `/score`": ("questions/dprk-on-kursk-front/score",),
    "`corrections`": ("corrections", "claims/kindratenko-cnn/corrections"),
    "`/history`": tuple(
        f"{subject}/history"
        for subject in ("claims/kindratenko-cnn", "sources/kindratenko", "questions/dprk-on-kursk-front")
    ),
}


def test_the_pages_table_is_what_is_answered(kursk: Any) -> None:
    _, table = PAGE.read_text().split("| answer under `/v1` |")
    lines = [line.strip("|").split("|") for line in table.split("\n\n")[0].splitlines()[2:]]
    assert {line[0].strip() for line in lines} == set(SHOWN)
    for first, *cells in lines:
        for path in SHOWN[first.strip()]:
            for form, cell in zip(FORMS[1:], cells, strict=True):
                answer = kursk.get(f"/v1/{path}", headers={"Accept": form})
                assert answer.status_code == (200 if cell.strip() else 406), (path, form)


def test_the_document_lists_the_forms_that_are_answered(
    app: Flask, kursk: Any, claim: dict[str, Any]
) -> None:
    kursk.post("/v1/claims", {**claim, "id": "read", "url": "https://news.example/a"})
    asked = {"/v1/articles": "?url=https://news.example/a", "/v1/cards": "?claims=read"}
    ids = {"source_id": "kindratenko", "claim_id": "kindratenko-cnn", "question_id": "dprk-on-kursk-front"}
    documented = document_of(app)["paths"]
    n_asked = 0
    for path, item in documented.items():
        address = re.sub(r"{(\w+)}", lambda name: ids.get(name[1], "none"), path)
        if not path.startswith("/v1/") or "get" not in item or "none" in address or "resolution" in path:
            continue
        offered = item["get"]["responses"]["200"]["content"]
        if "application/json" not in offered:
            # A feed has one form of its own, whatever is asked for.
            assert kursk.get(address, headers={"Accept": next(iter(offered))}).status_code in (200, 403)
            continue
        for form in FORMS:
            answer = kursk.get(address + asked.get(path, ""), headers={"Accept": form})
            if answer.status_code != 403:
                assert (answer.status_code == 200) == (form in offered), (path, form)
                n_asked += 1
    assert n_asked > 60


@pytest.mark.parametrize("form", FORMS)
def test_a_claim_that_was_voided_since_is_still_told_as_it_was_known(
    kursk: Any, admin: Any, form: str
) -> None:
    recorded = kursk.get(CLAIM).json["recorded_at"]
    admin.post(f"{CLAIM}/void", {"because": "A slip."})
    for path in (f"{CLAIM}/score", "/v1/questions/dprk-on-kursk-front/score"):
        answer = kursk.get(f"{path}?known_at={recorded}", headers={"Accept": form})
        assert answer.status_code == 200
        assert ("Kindratenko" in answer.text) or "questions" in path
    assert kursk.get(f"{CLAIM}/score", headers={"Accept": form}).status_code == 404
