"""A score in the words in which a reader meets it elsewhere."""

from collections import OrderedDict
from typing import Any

import pytest

from data import fits

Caller = Any

AFTER = "as_of=2025-01-31T17:00:00Z"


def card(caller: Caller, query: str) -> dict[str, Any]:
    response = caller.get(f"/v1/cards?{query}")
    assert response.status_code == 200, response.text
    (found,) = response.json["items"]
    return dict(found)


def correct(kursk: Caller, **fields: Any) -> None:
    body = {"kind": "narrow", "by": "kindratenko", "stated_at": "2025-01-31T16:00:00Z", **fields}
    assert kursk.post("/v1/claims/kindratenko-cnn/corrections", body).status_code == 201


def test_a_claim_is_told_with_who_said_it_what_about_and_how_it_stands(kursk: Caller) -> None:
    score = kursk.get("/v1/claims/kindratenko-cnn/score").json
    found = card(kursk, "claims=kindratenko-cnn")
    assert found["subject"] == {"type": "claim", "id": "kindratenko-cnn"}
    assert found["title"] == "Oleksandr Kindratenko: “withdrawn”"
    assert found["context"] == "Are North Korean troops still fighting on the Kursk front?"
    assert found["figure"] == f"{score['score']:.0%}"
    assert (found["score"], found["low"]) == (score["score"], score["interval"]["low"])
    assert found["grade"] == score["grades"]["icd203"]
    assert found["admiralty"].startswith(f"Admiralty {score['grades']['admiralty']}: ")
    assert found["standing"] == {"kind": "as_stated", "sentence": "As first stated on 31 January 2025"}
    assert (found["state"], found["as_of"], found["moment"]) == (None, None, None)
    assert found["path"] == "/claims/kindratenko-cnn"
    assert [reason["factor"] for reason in found["reasons"]][:2] == ["Where it starts", "How close it stood"]
    assert {reason["effect"] for reason in found["reasons"]} <= {"raises", "lowers", "none"}


def test_a_narrowing_by_its_author_is_told_with_its_day_and_what_is_left(kursk: Caller) -> None:
    kursk.put("/v1/scopes/kursk-front/sso-sectors", {"name": "The SSO's own sectors", "share": 0.25})
    correct(kursk, scope="kursk-front/sso-sectors")
    found = card(kursk, "claims=kindratenko-cnn")
    assert found["standing"] == {
        "kind": "narrowed",
        "sentence": "Narrowed by its author on 31 January 2025, to “The SSO's own sectors”",
    }
    assert found["state"] == "narrowed"
    assert "Narrowed by its author" in found["label"]


def test_a_correction_is_not_told_before_it_was_said(kursk: Caller) -> None:
    correct(kursk, scope="kursk-front/sso-sectors")
    assert card(kursk, "claims=kindratenko-cnn&as_of=2025-01-31T12:00:00Z")["state"] is None
    then = card(kursk, f"claims=kindratenko-cnn&{AFTER}")
    assert (then["state"], then["moment"]) == ("narrowed", "as of 31 January 2025, 17:00 UTC")
    assert then["as_of"] == "2025-01-31T17:00:00Z"
    assert then["label"].endswith(" As of 31 January 2025, 17:00 UTC.")
    assert then["path"] == "/claims/kindratenko-cnn?as_of=2025-01-31T17:00:00Z"


@pytest.mark.parametrize(
    ("by", "kind", "sentence"),
    [
        ("kindratenko", "retract", "Retracted by its author on 1 February 2025"),
        (
            "sso",
            "retract",
            "Retracted by Special Operations Forces, for its author's side, on 1 February 2025",
        ),
        ("cnn", "retract", "Retracted by CNN, which carried it, on 1 February 2025"),
        ("kindratenko", "reaffirm", "Reaffirmed by its author on 1 February 2025"),
        # Another's denial names the standing where its author is more likely right than not.
        ("budanov", "deny", "Taken as denied; disputed by Kyrylo Budanov"),
    ],
)
def test_who_changed_a_claim_is_told_by_the_side_that_they_stand_on(
    kursk: Caller, by: str, kind: str, sentence: str
) -> None:
    correct(kursk, by=by, kind=kind, stated_at="2025-02-01T10:00:00Z")
    told = card(kursk, "claims=kindratenko-cnn")["standing"]
    assert told["sentence"] == sentence


def test_an_amended_claim_is_shown_as_it_stands_and_says_what_it_was(kursk: Caller) -> None:
    correct(kursk, kind="amend", answer="reduced")
    found = card(kursk, "claims=kindratenko-cnn")
    assert found["title"] == "Oleksandr Kindratenko: “reduced”"
    assert found["standing"]["sentence"] == "Amended by its author on 31 January 2025, from “withdrawn”"


def test_what_cannot_be_judged_is_said_in_words(kursk: Caller) -> None:
    correct(kursk, kind="retract", scope=None)
    claim = card(kursk, "claims=kindratenko-cnn")
    question = card(kursk, "questions=dprk-on-kursk-front")
    number = card(kursk, "questions=dprk-casualties")
    for found in (claim, question, number):
        assert (found["figure"], found["score"], found["range"]) == ("cannot be judged", None, None)
        assert "cannot be judged" in found["label"]
    assert question["answers"] == []
    assert question["standing"]["sentence"] == "Open: no claim stands on it"


def test_a_question_is_told_by_its_leading_answer(kursk: Caller) -> None:
    found = card(kursk, "questions=dprk-on-kursk-front")
    assert found["title"] == "Are North Korean troops still fighting on the Kursk front?"
    assert found["lead"] == "withdrawn"
    assert found["answers"][0]["answer"] == "withdrawn"
    assert found["answers"][0]["figure"] == found["figure"]
    assert found["standing"]["sentence"] == "Open: one claim stands on it"


def test_a_resolved_question_says_on_whose_word(kursk: Caller) -> None:
    resolution = {"answer": "reduced", "resolved_at": "2025-03-01T12:00:00Z", "by": "cnn"}
    assert kursk.put("/v1/questions/dprk-on-kursk-front/resolution", resolution).status_code == 201
    found = card(kursk, "questions=dprk-on-kursk-front")
    assert found["standing"]["sentence"] == "Resolved as “reduced” on 1 March 2025, on the word of CNN"
    assert card(kursk, f"questions=dprk-on-kursk-front&{AFTER}")["state"] is None


def test_a_number_is_told_with_its_unit(kursk: Caller, claim: dict[str, Any]) -> None:
    kursk.post("/v1/claims", {**claim, "question": "dprk-casualties", "answer": {"about": 4000}})
    found = card(kursk, "questions=dprk-casualties")
    assert found["figure"].startswith("about ")
    assert found["figure"].endswith(" soldiers")
    assert found["range"].endswith(" soldiers")
    said = card(kursk, "claims=another-claim")
    assert said["title"] == "Oleksandr Kindratenko: about 4,000 soldiers"
    assert said["grade"] == "that the number lies there"


def test_a_source_is_told_by_what_it_speaks_on(kursk: Caller) -> None:
    own = card(kursk, "sources=kindratenko")
    assert (own["title"], own["context"]) == ("Oleksandr Kindratenko", "Speaking on its own ground")
    assert own["grade"] == "its record is too short to grade"
    there = card(kursk, "sources=kindratenko@kursk-front/sso-sectors")
    assert there["context"] == "Speaking on “kursk-front/sso-sectors”"
    assert there["path"] == "/sources/kindratenko"
    score = kursk.get("/v1/sources/kindratenko/score?scope=kursk-front/sso-sectors").json["score"]
    assert there["score"] == score


def test_one_that_is_not_there_does_not_fail_the_others(kursk: Caller) -> None:
    found = kursk.get("/v1/cards?claims=nobodys,kindratenko-cnn&questions=none&sources=cnn").json["items"]
    assert [each["subject"]["id"] for each in found] == ["nobodys", "kindratenko-cnn", "none", "cnn"]
    assert found[0]["sentence"] == "Credence knows no claim “nobodys”."
    assert found[0]["problem"]["status"] == 404
    assert "title" not in found[0]
    assert found[2]["sentence"] == "Credence knows no question “none”."
    before = card(kursk, "claims=kindratenko-cnn&as_of=2025-01-30")
    assert before["sentence"].endswith(" as of the end of 30 January 2025 (UTC).")


def test_a_voided_claim_is_not_there_any_more(kursk: Caller, admin: Caller) -> None:
    assert admin.post("/v1/claims/kindratenko-cnn/void", {"because": "typed twice"}).status_code == 201
    assert card(kursk, "claims=kindratenko-cnn")["problem"]["status"] == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "claims"),
        ("claims=", "claims"),
        ("claims=a,", "claims"),
        ("claims=a b", "claims"),
        ("claims=a@kursk-front", "claims"),
        ("sources=a@", "sources"),
        ("sources=a@x//y", "sources"),
        ("claims=a&claims=b", "claims"),
        ("claims=a&as_of=soon", "as_of"),
        ("claims=" + ",".join(f"c{number}" for number in range(201)), "body"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(kursk: Caller, query: str, field: str) -> None:
    assert kursk.reason(kursk.get(f"/v1/cards?{query}"), field)


def test_the_same_subject_twice_is_answered_once(kursk: Caller) -> None:
    assert len(kursk.get("/v1/cards?claims=kindratenko-cnn,kindratenko-cnn").json["items"]) == 1


def test_two_hundred_are_answered_at_once(kursk: Caller) -> None:
    names = ",".join(f"c{number}" for number in range(200))
    assert len(kursk.get(f"/v1/cards?claims={names}").json["items"]) == 200


def test_all_that_a_card_says_is_in_the_contract(kursk: Caller) -> None:
    schemas = kursk.get("/openapi.json").json["components"]["schemas"]
    for query in ("claims=kindratenko-cnn", "questions=dprk-on-kursk-front", "sources=cnn", "claims=none"):
        assert set(card(kursk, query)) <= set(schemas["Card"]["properties"])


def test_nobody_else_is_told_to_have_changed_what_a_claim_says(kursk: Caller) -> None:
    correct(kursk, scope="kursk-front/sso-sectors")
    correct(kursk, by="budanov", scope="kursk-front/north", stated_at="2025-03-05T10:00:00Z")
    assert card(kursk, "claims=kindratenko-cnn")["standing"]["sentence"] == (
        "Narrowed by its author on 31 January 2025, to “kursk-front/sso-sectors”; disputed by Kyrylo Budanov"
    )
    summary = kursk.get("/v1/claims/kindratenko-cnn/score").json["summary"]
    assert "narrowed by Oleksandr Kindratenko on 31 January 2025" in summary


def test_cards_of_one_moment_share_one_fit(kursk: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, counted = fits.fitted, []

    def count(*arguments: Any) -> Any:
        counted.append(arguments)
        return fitted(*arguments)

    monkeypatch.setattr(fits, "fitted", count)
    monkeypatch.setattr(fits, "_fits", OrderedDict())
    names = ",".join(item["id"] for item in kursk.get("/v1/claims?limit=20").json["items"])
    assert kursk.get(f"/v1/cards?claims={names}&as_of=2025-02-01T00:00:01Z").status_code == 200
    assert len(counted) == 1
