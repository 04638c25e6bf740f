"""STIX 2.1: every bundle is read by the standard's own library, which refuses what it does not know."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
import stix2
from stix2.confidence import scales

ACCEPT = {"Accept": "application/stix+json;version=2.1"}
CLAIM = "/v1/claims/kindratenko-cnn"
RETRACTION = {"kind": "retract", "by": "kindratenko", "stated_at": "2025-02-01T10:00:00Z"}


def objects(answer: Any) -> list[dict[str, Any]]:
    """Return the objects of a bundle, after the library has read it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == ACCEPT["Accept"]
    stix2.parse(answer.get_data(as_text=True), allow_custom=False, version="2.1")
    found: list[dict[str, Any]] = json.loads(answer.data).get("objects", [])
    assert all(each["created"] <= each["modified"] for each in found)
    assert len({each["id"] for each in found}) == len(found)
    return found


def only(type_: str, found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    (one,) = [each for each in found if each["type"] == type_]
    return one


def named(name: str, found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    (one,) = [each for each in found if each.get("name") == name]
    return one


def test_a_claim_is_a_report_by_its_source(kursk: Any) -> None:
    found = objects(kursk.get(CLAIM, headers=ACCEPT))
    report = only("report", found)
    speaker, carrier = named("Oleksandr Kindratenko", found), named("CNN", found)
    assert (speaker["identity_class"], carrier["identity_class"]) == ("individual", "organization")
    assert report["created_by_ref"] == speaker["id"]
    assert report["object_refs"] == [speaker["id"], carrier["id"]]
    assert report["published"] == "2025-01-31T08:00:00.000Z"
    assert report["labels"] == ["as_stated"]
    assert "In its own words: probably." in report["description"]
    assert {"source_name": "Credence", "external_id": "kindratenko-cnn"} in report["external_references"]


def test_a_claims_score_is_our_opinion_on_its_report(record: Any) -> None:
    score = record(f"{CLAIM}/score").json
    found = objects(record(f"{CLAIM}/score", ACCEPT["Accept"]))
    opinion, report = only("opinion", found), only("report", found)
    assert opinion["object_refs"] == [report["id"]]
    assert opinion["created_by_ref"] == named("Credence", found)["id"]
    confidence = score["grades"]["stix_confidence"]
    assert opinion["confidence"] == confidence == round(100 * score["score"])
    assert opinion["opinion"] == "neutral"
    assert opinion["explanation"].startswith(score["summary"])
    assert f"{scales.value_to_wep(confidence)} (WEP)" in opinion["explanation"]
    assert f"{scales.value_to_dni(confidence)} (DNI)" in opinion["explanation"]
    assert {ref for each in found for ref in each.get("object_refs", ())} <= {each["id"] for each in found}


def test_what_is_one_thing_has_one_id_in_every_answer(kursk: Any) -> None:
    paths = (CLAIM, f"{CLAIM}/score", "/v1/claims", "/v1/questions/dprk-on-kursk-front/score")
    answers = [objects(kursk.get(path, headers=ACCEPT)) for path in paths]
    assert len({json.dumps(only("report", found)) for found in answers}) == 1
    sources = [objects(kursk.get(path, headers=ACCEPT)) for path in ("/v1/sources/cnn", "/v1/sources")]
    assert len({json.dumps(named("CNN", found)) for found in (*answers, *sources)}) == 1
    assert kursk.get(CLAIM, headers=ACCEPT).data == kursk.get(CLAIM, headers=ACCEPT).data


def test_no_two_ledgers_share_an_id(kursk: Any, record: Any) -> None:
    ours, theirs = (
        objects(answer) for answer in (kursk.get(CLAIM, headers=ACCEPT), record(CLAIM, ACCEPT["Accept"]))
    )
    assert not {each["id"] for each in ours} & {each["id"] for each in theirs}


def test_a_correction_is_a_new_version_of_the_report(kursk: Any, narrowing: dict[str, Any]) -> None:
    before = only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))
    kursk.post(f"{CLAIM}/corrections", narrowing)
    after = only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))
    assert (after["id"], after["created"]) == (before["id"], before["created"])
    assert after["modified"] > before["modified"]
    assert after["labels"] == ["narrowed"]
    assert "narrow to kursk-front/sso-sectors" in after["description"]
    assert "revoked" not in after


def test_a_change_of_a_source_is_a_new_version_of_its_identity_and_reports(kursk: Any) -> None:
    before = objects(kursk.get(CLAIM, headers=ACCEPT))
    kursk.put("/v1/sources/kindratenko", {"name": "O. Kindratenko", "kind": "person"})
    after = objects(kursk.get(CLAIM, headers=ACCEPT))
    old, new = named("Oleksandr Kindratenko", before), named("O. Kindratenko", after)
    assert (new["id"], new["created"]) == (old["id"], old["created"])
    assert new["modified"] > old["modified"]
    assert only("report", after)["modified"] > only("report", before)["modified"]


def test_a_retracted_claim_is_revoked_for_good_and_one_stood_by_again_is_another_report(kursk: Any) -> None:
    first = only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))
    kursk.post(f"{CLAIM}/corrections", RETRACTION)
    revoked = only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))
    assert revoked["revoked"] is True
    assert revoked["id"] == first["id"]
    again = {**RETRACTION, "kind": "reaffirm", "stated_at": "2025-02-02T10:00:00Z"}
    kursk.post(f"{CLAIM}/corrections", again)
    renewed = only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))
    assert renewed["id"] != first["id"]
    assert "revoked" not in renewed


def test_nobody_else_revokes_a_claim(kursk: Any) -> None:
    kursk.post(f"{CLAIM}/corrections", {**RETRACTION, "by": "budanov"})
    assert "revoked" not in only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))


def test_a_report_tells_what_came_of_each_correction_and_what_is_left(kursk: Any) -> None:
    for kind, by, hour, what in (
        ("amend", "kindratenko", 10, {"answer": "reduced"}),
        ("deny", "budanov", 11, {}),
        ("reaffirm", "cnn", 12, {}),
    ):
        said = {"kind": kind, "by": by, "stated_at": f"2025-02-01T{hour}:00:00Z", **what}
        assert kursk.post(f"{CLAIM}/corrections", said).status_code == 201
    report = only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))
    assert report["description"].splitlines()[-4:] == [
        "Correction by Oleksandr Kindratenko on 2025-02-01: amend to reduced.",
        "Dispute by Kyrylo Budanov on 2025-02-01: deny.",
        "Correction to no effect by CNN on 2025-02-01: reaffirm.",
        "As it stands: reduced, said of kursk-front.",
    ]
    assert report["labels"] == [kursk.get(f"{CLAIM}/score").json["standing"]]


def test_whom_to_believe_in_a_dispute_may_change_with_any_write(kursk: Any) -> None:
    def modified() -> str:
        found = only("report", objects(kursk.get(CLAIM, headers=ACCEPT)))
        return str(found["modified"])

    kursk.post(f"{CLAIM}/corrections", {**RETRACTION, "by": "budanov"})
    before = modified()
    kursk.put("/v1/sources/elsewhere", {"name": "Elsewhere", "kind": "outlet"})
    assert before < modified()


def test_what_cannot_be_judged_is_a_note_without_an_opinion_or_a_confidence(kursk: Any) -> None:
    kursk.post(f"{CLAIM}/corrections", RETRACTION)
    found = objects(kursk.get(f"{CLAIM}/score", headers=ACCEPT))
    note = only("note", found)
    assert "opinion" not in {each["type"] for each in found}
    assert "confidence" not in note
    assert note["content"].endswith("It cannot be judged.")
    assert note["object_refs"] == [only("report", found)["id"]]


def test_a_score_of_the_past_is_another_opinion_and_the_claim_as_it_was(record: Any) -> None:
    past = objects(record(f"{CLAIM}/score?as_of=2025-01-31T12:00:00Z", ACCEPT["Accept"]))
    present = objects(record(f"{CLAIM}/score", ACCEPT["Accept"]))
    assert only("opinion", past)["id"] != only("opinion", present)["id"]
    assert only("report", past)["labels"] == ["as_stated"]
    assert only("report", present)["labels"] == ["narrowed"]


def test_a_new_score_is_a_later_version_of_the_opinion(kursk: Any, narrowing: dict[str, Any]) -> None:
    before = only("opinion", objects(kursk.get(f"{CLAIM}/score", headers=ACCEPT)))
    kursk.post(f"{CLAIM}/corrections", narrowing)
    after = only("opinion", objects(kursk.get(f"{CLAIM}/score", headers=ACCEPT)))
    assert (after["id"], after["created"]) == (before["id"], before["created"])
    assert after["modified"] > before["modified"]
    assert after["explanation"] != before["explanation"]


def test_a_source_is_judged_in_a_note_on_its_identity(record: Any) -> None:
    found = objects(record("/v1/sources/kindratenko/score?scope=kursk-front", ACCEPT["Accept"]))
    note = only("note", found)
    assert note["object_refs"] == [named("Oleksandr Kindratenko", found)["id"]]
    assert note["abstract"] == "Oleksandr Kindratenko, speaking on kursk-front: reliability"
    assert "Admiralty reliability (house mapping): F." in note["content"]


def test_each_scope_and_each_part_of_a_record_is_judged_by_itself(record: Any) -> None:
    queries = ("", "?scope=kursk-front", "?since=2025-01-01", "?half_life=365", "?record_scope=kursk-front")
    notes = [
        only("note", objects(record(f"/v1/sources/kindratenko/score{query}", ACCEPT["Accept"])))
        for query in queries
    ]
    assert len({note["id"] for note in notes}) == len(queries)


def test_a_question_is_judged_in_a_note_on_the_reports_that_it_rests_on(record: Any) -> None:
    path = "/v1/questions/dprk-on-kursk-front/score"
    score, found = record(path).json, objects(record(path, ACCEPT["Accept"]))
    note = only("note", found)
    reports = {each["id"] for each in found if each["type"] == "report"}
    assert set(note["object_refs"]) == reports
    assert len(reports) == len(score["evidence"])
    assert "fighting: 14%, very unlikely. 90% interval: " in note["content"]


def test_a_question_of_which_nobody_has_spoken_is_judged_all_the_same(kursk: Any) -> None:
    found = objects(kursk.get("/v1/questions/dprk-casualties/score", headers=ACCEPT))
    assert only("note", found)["object_refs"] == [named("Credence", found)["id"]]


def test_an_empty_list_is_a_bundle_without_objects(anyone: Any) -> None:
    for path in ("/v1/claims", "/v1/sources"):
        assert objects(anyone.get(path, headers=ACCEPT)) == []


@pytest.mark.parametrize("noun", ["claims", "sources"])
def test_the_whole_record_is_valid_and_every_score_of_it_too(record: Any, noun: str) -> None:
    items = record(f"/v1/{noun}?limit=200").json["items"]
    found = objects(record(f"/v1/{noun}?limit=200", ACCEPT["Accept"]))
    assert sum(each["type"] in ("report" if noun == "claims" else "identity") for each in found) == len(items)
    for item in items:
        judged = objects(record(f"/v1/{noun}/{item['id']}/score", ACCEPT["Accept"]))
        confidence = record(f"/v1/{noun}/{item['id']}/score").json["grades"]["stix_confidence"]
        opinions = [each for each in judged if each["type"] == "opinion"]
        assert [each["confidence"] for each in opinions] == ([confidence] if noun == "claims" else [])


def test_a_kind_of_source_has_its_class_of_identity(record: Any) -> None:
    classes = {
        (each["labels"][0], each["identity_class"])
        for each in objects(record("/v1/sources?limit=200", ACCEPT["Accept"]))
    }
    assert classes <= {
        ("person", "individual"),
        ("organisation", "organization"),
        ("outlet", "organization"),
        ("unnamed", "group"),
        ("account", "unknown"),
    }
    assert len(classes) >= 4
