"""Examples for the OpenAPI document, out of the dispute over North Korean troops at Kursk."""

from typing import Any

Example = dict[str, Any]

SOURCE: Example = {
    "id": "kindratenko",
    "name": "Oleksandr Kindratenko",
    "kind": "person",
    "member_of": "sso",
    "mandates": [{"scope": "kursk-front/sso-sectors", "vantage": "operational"}],
    "aliases": [],
    "description": "Spokesman of the Special Operations Forces.",
}
SCOPE: Example = {"path": "kursk-front/sso-sectors", "name": "Where the SSO is active", "share": 0.2}
QUESTION: Example = {
    "id": "dprk-on-kursk-front",
    "text": "Are North Korean troops still fighting on the Kursk front?",
    "scope": "kursk-front",
    "answers": ["fighting", "reduced", "withdrawn"],
    "quantity": None,
    "stakes": [{"source": "gur", "favours": ["withdrawn"]}],
}
CLAIM_BODY: Example = {
    "id": "kindratenko-cnn",
    "source": "kindratenko",
    "question": "dprk-on-kursk-front",
    "answer": "withdrawn",
    "scope": "kursk-front",
    "stated_at": "2025-01-31T08:00:00Z",
    "certainty": "probably",
    "via": ["cnn"],
    "cites": [],
    "url": "https://example.org/kursk",
    "text": "Not seen for three weeks; probably withdrawn.",
}
CLAIM: Example = {
    **CLAIM_BODY,
    "stated_precision": "instant",
    "vantage": None,
    "vantage_because": None,
    "read_in": None,
    "recorded_at": "2025-02-01T09:30:00Z",
}
CORRECTION_BODY: Example = {
    "kind": "narrow",
    "by": "kindratenko",
    "stated_at": "2025-01-31T16:00:00Z",
    "scope": "kursk-front/sso-sectors",
    "text": "He spoke only of the sectors where his service is active.",
    "via": ["ukrainska-pravda"],
}
CORRECTION: Example = {
    "id": "0f3c1b5a9d2e4f67",
    "claim": "kindratenko-cnn",
    **CORRECTION_BODY,
    "stated_precision": "instant",
    "answer": None,
    "url": None,
    "read_in": None,
    "recorded_at": "2025-02-01T09:31:00Z",
}
RESOLUTION_BODY: Example = {
    "answer": "reduced",
    "resolved_at": "2025-03-01T00:00:00Z",
    "by": "nis",
    "text": "Later reports agree.",
}
RESOLUTION: Example = {
    "question": "dprk-on-kursk-front",
    **RESOLUTION_BODY,
    "value": None,
    "url": None,
    "recorded_at": "2025-03-02T10:00:00Z",
}
VOID_BODY: Example = {"because": "Typed into the wrong question."}
VOID: Example = {"claim": "kindratenko-cnn", **VOID_BODY, "recorded_at": "2025-02-01T09:32:00Z"}
MODEL_STAMP: Example = {"version": "3+f2bb33b7", "inputs": "sha256:4f1c"}
CLAIM_SCORE: Example = {
    "subject": {"type": "claim", "id": "kindratenko-cnn"},
    "as_of": "2025-02-01T00:00:00Z",
    "known_at": None,
    "score": 0.41,
    "interval": {"level": 0.9, "low": 0.22, "high": 0.63},
    "effective_n": 1.4,
    "grades": {"admiralty": "C3", "icd203": "unlikely", "stix_confidence": 41, "proximity_3x5x2": "C"},
    "factors": [
        {"name": "baseline", "log_odds": 0.256, "because": "as likely as its answers are beforehand"},
        {"name": "proximity", "log_odds": -0.62, "because": "he spoke beyond his own sectors"},
    ],
    "summary": "Kindratenko's claim stands for his own sectors only.",
    "standing": "narrowed",
    "origins": {"claims": 5, "effective": 1.4, "independence": "not_established"},
    "model": MODEL_STAMP,
}
SOURCE_SCORE: Example = {
    "subject": {"type": "source", "id": "kindratenko"},
    "as_of": None,
    "known_at": None,
    "score": 0.62,
    "interval": {"level": 0.9, "low": 0.44, "high": 0.78},
    "effective_n": 2.1,
    "grades": {"admiralty": "F", "icd203": "likely", "stix_confidence": 62, "proximity_3x5x2": "A"},
    "factors": [{"name": "baseline", "log_odds": 0.49, "because": "as a person of his kind"}],
    "summary": "Fairly reliable on his own sectors.",
    "model": MODEL_STAMP,
}
QUESTION_SCORE: Example = {
    "subject": {"type": "question", "id": "dprk-on-kursk-front"},
    "as_of": "2025-01-31T23:59:59Z",
    "known_at": None,
    "answers": [
        {"answer": "fighting", "credence": 0.14, "low": 0.07, "high": 0.25},
        {"answer": "reduced", "credence": 0.5, "low": 0.33, "high": 0.67},
        {"answer": "withdrawn", "credence": 0.36, "low": 0.21, "high": 0.54},
    ],
    "origins": {"claims": 16, "effective": 4.2, "independence": "not_established"},
    "contested": True,
    "evidence": [
        {
            "claim": "kindratenko-cnn",
            "source": "kindratenko",
            "answer": "withdrawn",
            "weight": 0.4,
            "log_odds": 0.2,
            "because": "one voice of several of the SSO",
        }
    ],
    "summary": "Contested: a reduced role is somewhat more likely than a withdrawal.",
    "model": MODEL_STAMP,
}
AUDIT_ENTRY: Example = {
    "seq": 214,
    "recorded_at": "2025-02-01T09:30:00Z",
    "key_name": "newsroom",
    "request_id": "4f1c2d3e4a5b6c7d",
    "action": "create",
    "kind": "claim",
    "id": "kindratenko-cnn",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
HISTORY: Example = {
    "items": [{**CLAIM_SCORE, "event": {"type": "correction", "id": "0f3c1b5a9d2e4f67"}, "also": []}]
}
MODEL: Example = {
    "version": "3+f2bb33b7",
    "converged_at": "2025-02-01T09:30:00Z",
    "pending": 0,
    "constants": [
        {
            "name": "vantage_direct",
            "value": 0.84,
            "unit": "log-odds",
            "meaning": "the source, or its own unit, was there",
            "reason": "Elicited: lifts 60% to 80%.",
            "width": 0.37,
            "elicited": {"value": 1.0, "width": 0.5},
        }
    ],
    "calibration": [{"low": 0.6, "high": 0.7, "n": 14, "mean_credence": 0.66, "frequency": 0.71}],
}
SCORES_BODY: Example = {
    "sources": [{"id": "kindratenko", "scope": "kursk-front"}],
    "claims": ["kindratenko-cnn"],
    "questions": ["dprk-on-kursk-front"],
    "as_of": "2025-02-01T00:00:00Z",
}
SCORES: Example = {"sources": [SOURCE_SCORE], "claims": [CLAIM_SCORE], "questions": [QUESTION_SCORE]}

CARD: Example = {
    "subject": {"type": "claim", "id": "kindratenko-cnn"},
    "path": "/claims/kindratenko-cnn",
    "title": "Oleksandr Kindratenko: “withdrawn”",
    "context": "Are North Korean troops still fighting on the Kursk front?",
    "lead": None,
    "figure": "57%",
    "score": 0.57,
    "low": 0.22,
    "high": 0.83,
    "range": "22–83%",
    "grade": "likely",
    "admiralty": "F3: reliability cannot be judged, possibly true",
    "standing": {"kind": "narrowed", "sentence": "narrowed by its author on 31 January 2025"},
    "state": "narrowed",
    "answers": [],
    "summary": "Oleksandr Kindratenko's claim is likely to be true (57%). No other claim agrees.",
    "reasons": [
        {"factor": "Proximity", "effect": "raises", "because": "was present on kursk-front/sso-sectors"}
    ],
    "as_of": None,
    "moment": None,
    "label": "Oleksandr Kindratenko: “withdrawn”. 57%, between 22 and 83%; likely.",
}
CARDS: Example = {"items": [CARD]}
OEMBED: Example = {
    "version": "1.0",
    "type": "rich",
    "provider_name": "Credence",
    "provider_url": "https://credence.example",
    "title": "Credence on Oleksandr Kindratenko: “withdrawn”",
    "html": '<iframe src="https://credence.example/embed/claims/kindratenko-cnn?variant=full"></iframe>',
    "width": 480,
    "height": 272,
    "cache_age": 86_400,
}
READING: Example = {
    "score": 0.43,
    "interval": {"level": 0.9, "low": 0.25, "high": 0.63},
    "standing": "as_stated",
    "model": MODEL_STAMP,
}
ARTICLE: Example = {
    "url": "https://www.example.org/kursk?utm_source=mail",
    "address": "example.org/kursk",
    "published_at": "2025-01-31T09:00:00Z",
    "is_dated": True,
    "as_of": None,
    "summary": "The claim in this article has been corrected since it appeared: Oleksandr Kindratenko's "
    "“withdrawn” was narrowed to “The SSO's own sectors” by its own source on 31 January 2025 (43% then, "
    "57% now for what is left of it).",
    "n_claims": 1,
    "claims": [
        {
            "claim": "kindratenko-cnn",
            "source": "kindratenko",
            "question": "dprk-on-kursk-front",
            "answer": "withdrawn",
            "scope": "kursk-front",
            "text": "Not seen for three weeks; probably withdrawn.",
            "stated_at": "2025-01-31T08:00:00Z",
            "stated_precision": "instant",
            "carried": "directly",
            "through": [],
            "score_at_publication": READING,
            "score_now": {**READING, "score": 0.57, "standing": "narrowed"},
            "moved": "stronger",
            "corrected_before": [],
            "corrected_since": [CORRECTION],
        }
    ],
    "questions": [
        {
            "question": "dprk-on-kursk-front",
            "text": "Are North Korean troops still fighting on the Kursk front?",
            "leading_at_publication": {"answer": "withdrawn", "credence": 0.44, "quantity": None},
            "leading_now": {"answer": "reduced", "credence": 0.45, "quantity": None},
            "resolution": None,
        }
    ],
    "corrections": [],
}
MATCH_BODY: Example = {
    "text": "North Korean troops are no longer fighting on the Kursk front.",
    "scope": "kursk-front",
}
MATCH: Example = {
    "matched": True,
    "threshold": 0.95,
    "question": QUESTION,
    "probability": 0.97,
    "candidates": [
        {
            "question": "dprk-on-kursk-front",
            "text": "Are North Korean troops still fighting on the Kursk front?",
            "probability": 0.97,
            "similarity": 0.62,
        }
    ],
    "proposed": None,
}
EVENT: Example = {
    "id": "0b9dc1a5-7c0e-5f43-9b54-4c3e8f0d2a61",
    "type": "correction.recorded",
    "timestamp": "2025-02-01T09:30:00Z",
    "subject": {"type": "claim", "id": "kindratenko-cnn"},
    "before": {"score": 0.43, "low": 0.2, "high": 0.7},
    "after": {"score": 0.57, "low": 0.3, "high": 0.8},
    "title": "Corrected: Oleksandr Kindratenko's claim – Are North Korean troops still fighting on the Kursk "
    "front?",
    "because": (
        'The claim of Oleksandr Kindratenko that the answer is "withdrawn" in "Are North Korean troops '
        'still fighting on the Kursk front?" was narrowed to "Where the SSO is active" by its author '
        "(31 January 2025, 16:00 UTC); its credence is now 57%, likely (was 43%)."
    ),
    "cause": "ledger",
    "changes": [{"action": "create", "type": "correction", "id": "0f3c1b5a9d2e4f67"}],
    "links": {"score": "/v1/claims/kindratenko-cnn/score", "page": "/claims/kindratenko-cnn"},
}
WEBHOOK_BODY: Example = {
    "url": "https://newsroom.example/hooks/credence",
    "article": "https://newsroom.example/2025/01/31/kursk",
    "threshold": 0.5,
    "name": "newsroom",
}
WEBHOOK: Example = {
    **WEBHOOK_BODY,
    "id": "5b1f0e6c2a9d4783",
    "source": None,
    "question": None,
    "claim": None,
    "events": ["correction.recorded", "question.resolved", "score.moved"],
    "moved_by": None,
    "recorded_at": "2025-02-01T09:00:00Z",
    "recorded_by": "newsroom",
    "ended_at": None,
    "ended_because": None,
}
ENDED: Example = {"ended_at": "2025-02-03T09:00:00Z", "ended_because": "asked"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105 - an example
DELIVERY: Example = {
    "id": EVENT["id"],
    "state": "dead",
    "because": "it was recorded",
    "attempts": 10,
    "next_at": None,
    "attempted_at": "2025-02-04T13:06:00Z",
    "status": 500,
    "error": "it answered 500",
    "event": EVENT,
}
