import json

import pytest

from api import bulk_claims

ABOUT = "Are North Korean troops still fighting on the Kursk front?"
ELSEWHERE = "Mice were found in the kitchen of the ministry."


@pytest.fixture
def unasked(claim):
    """A claim's body that names no question."""
    return {**{name: value for name, value in claim.items() if name != "question"}, "text": ABOUT}


def test_a_claim_without_a_question_is_recorded_on_the_one_it_is_surely_about(kursk, unasked):
    answer = kursk.post("/v1/claims", unasked)
    assert answer.status_code == 201
    assert answer.json["question"] == "dprk-on-kursk-front"
    match = answer.json["question_match"]
    assert match["question"] == "dprk-on-kursk-front"
    assert match["probability"] >= 0.95
    assert kursk.get("/v1/claims/another-claim").json["question"] == "dprk-on-kursk-front"


def test_a_claim_that_names_its_question_tells_of_no_match(kursk, claim):
    assert "question_match" not in kursk.post("/v1/claims", claim).json


def test_where_none_is_sure_nothing_is_recorded_and_the_refusal_says_what_to_do(kursk, unasked):
    answer = kursk.post("/v1/claims", {**unasked, "text": ELSEWHERE, "scope": "kyiv"})
    assert answer.json["type"] == "/docs#unmatched-question"
    assert "name one of the candidates, or add one" in kursk.reason(answer, "question")
    assert answer.json["proposed"] == {
        "text": "Is it true that “Mice were found in the kitchen of the ministry”?",
        "scope": "kyiv",
        "answers": ["yes", "no"],
    }
    assert kursk.get("/v1/claims/another-claim").status_code == 404


def test_the_refusal_names_the_candidates(kursk, unasked):
    answer = kursk.post("/v1/claims", {**unasked, "text": "What was seen near the border"})
    near = [each["question"] for each in answer.json["candidates"]]
    assert near
    assert set(near) <= {"dprk-on-kursk-front", "dprk-casualties"}
    assert all(0 <= each["probability"] < answer.json["threshold"] for each in answer.json["candidates"])


def test_a_claim_with_neither_a_question_nor_a_text_is_refused(kursk, unasked):
    del unasked["text"]
    reason = kursk.reason(kursk.post("/v1/claims", unasked), "question")
    assert reason == "is missing: without it, `text` is needed to find one by"


def test_an_answer_that_the_matched_question_does_not_have_is_refused(kursk, unasked):
    assert kursk.reason(kursk.post("/v1/claims", {**unasked, "answer": "martians"}), "answer")


def test_lines_are_matched_each_by_itself(kursk, unasked, claim):
    bodies = [{**unasked, "id": "one"}, {**unasked, "id": "two", "text": ELSEWHERE}, {**claim, "id": "three"}]
    content = "\n".join(map(json.dumps, bodies))
    with kursk("POST", "/v1/claims", data=content, content_type="application/x-ndjson") as answer:
        one, two, three = (json.loads(line) for line in answer.text.splitlines())
    assert (one["status"], one["question_match"]["question"]) == (201, "dprk-on-kursk-front")
    assert (two["status"], two["problem"]["type"]) == (422, "/docs#unmatched-question")
    assert two["problem"]["proposed"]["text"].startswith("Is it true that")
    assert (three["status"], "question_match" in three) == (201, False)


def test_a_repeated_request_is_answered_as_the_first_time(kursk, unasked):
    headers = {"Idempotency-Key": '"once"'}
    one = kursk.post("/v1/claims", unasked, headers=headers)
    other = kursk.post("/v1/claims", unasked, headers=headers)
    assert one.json == other.json
    assert other.headers["Idempotent-Replayed"] == "true"


def test_a_text_is_matched_without_writing_anything(kursk, anyone):
    found = anyone.post("/v1/questions:match", {"text": ABOUT}).json
    assert (found["matched"], found["question"]["id"]) == (True, "dprk-on-kursk-front")
    assert found["probability"] == found["candidates"][0]["probability"] >= found["threshold"]
    assert found["proposed"] is None


def test_a_text_about_nothing_known_gets_a_proposal(kursk, anyone):
    found = anyone.post("/v1/questions:match", {"text": ELSEWHERE, "scope": "kyiv"}).json
    assert (found["matched"], found["question"], found["probability"]) == (False, None, None)
    assert found["proposed"]["scope"] == "kyiv"
    proposed = {"id": "mice", **found["proposed"]}
    assert kursk.post("/v1/questions", proposed).status_code == 201
    assert anyone.post("/v1/questions:match", {"text": ELSEWHERE}).json["question"]["id"] == "mice"


def test_a_text_without_a_word_gets_none(kursk, anyone, unasked):
    found = anyone.post("/v1/questions:match", {"text": "!!!"}).json
    assert (found["matched"], found["question"], found["proposed"]) == (False, None, None)
    refusal = kursk.post("/v1/claims", {**unasked, "text": "!!!"})
    assert (refusal.status_code, refusal.json["proposed"]) == (422, None)


def test_of_many_lines_a_few_are_matched_and_the_rest_is_told_to_come_again(
    kursk, unasked, claim, monkeypatch
):
    monkeypatch.setattr(bulk_claims, "MOST_MATCHED", 2)
    bodies = [{**unasked, "id": f"unasked-{n}"} for n in range(4)]
    content = "\n".join(map(json.dumps, [*bodies, {**claim, "id": "asked"}]))
    with kursk("POST", "/v1/claims", data=content, content_type="application/x-ndjson") as answer:
        results = [json.loads(line) for line in answer.text.splitlines()]
    assert [result["status"] for result in results] == [201, 201, 422, 422, 201]
    (error,) = results[2]["problem"]["errors"]
    assert error["field"] == "question"
    assert error["reason"] == (
        "is missing: a body may leave it out of 2 claims at most; name it, or send this line in another body"
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"text": " "}, {"text": "x", "scope": "/"}, {"text": "x", "limit": 0}, {"text": "x", "more": 1}],
)
def test_what_is_no_text_to_match_is_refused(anyone, body):
    assert anyone.post("/v1/questions:match", body).status_code == 422


def test_as_many_candidates_are_shown_as_were_asked_for(kursk, anyone):
    body = {"text": "Kursk casualties: how many troops are fighting?", "limit": 1}
    assert len(anyone.post("/v1/questions:match", body).json["candidates"]) == 1
