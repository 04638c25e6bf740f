"""Answers as STIX 2.1 bundles (OASIS, 2021), for analysts' platforms.

A source is an identity; a claim is a report by its source, published when it was said; a claim's
score is our opinion on that report; what is told of a source or a question is a note of ours.

Ids are version 5 UUIDs of ``kind/id`` in a namespace of the ledger's own, so that the same thing has
the same id in every answer and no other ledger shares it. A change makes a new version: the same id
with a later ``modified``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from api.prose import CANNOT_BE_JUDGED
from api.representations.reviews import interval_text
from data.provenance import Provenance
from models.record import Claim, Question, Source, SourceKind
from models.scales import icd203, stix_dni, stix_opinion, stix_wep
from models.standing import ConsequenceKind
from models.wording import percent

StixObject = dict[str, Any]

# Ours alone, drawn once: STIX keeps its own namespace for observables.
NAMESPACE = UUID("32340eb6-955f-488d-9f87-ecee3a9b04bb")
# STIX's open vocabulary of identity classes; who is behind an account is not known.
IDENTITY_CLASSES = {
    SourceKind.PERSON: "individual",
    SourceKind.ORGANISATION: "organization",
    SourceKind.OUTLET: "organization",
    SourceKind.UNNAMED: "group",
    SourceKind.ACCOUNT: "unknown",
}
SERVICE = "Credence"
CAME = {
    ConsequenceKind.CHANGED: "Correction",
    ConsequenceKind.REAFFIRMED: "Correction",
    ConsequenceKind.DISPUTED: "Dispute",
    ConsequenceKind.NONE: "Correction to no effect",
}


@dataclass(frozen=True)
class Writer:
    """Makes the objects of one answer.

    Parameters
    ----------
    ledger : str
        What no other ledger has.
    changed_at : datetime
        When the ledger was last written to.
    """

    ledger: str
    changed_at: datetime

    def id_of(self, type_: str, name: str) -> str:
        """Return the id of an object: the same for the same name, in every answer of this ledger."""
        return f"{type_}--{uuid5(uuid5(NAMESPACE, self.ledger), name)}"

    def bundle(self, objects: Iterable[StixObject]) -> str:
        """Write a bundle of objects, each once."""
        distinct = list({each["id"]: each for each in objects}.values())
        bundle: StixObject = {"type": "bundle", "id": self.id_of("bundle", json.dumps(distinct))}
        return json.dumps({**bundle, "objects": distinct} if distinct else bundle, ensure_ascii=False)

    def service(self) -> StixObject:
        """Return this service as the identity that opinions and notes are by."""
        # Nothing about it ever changes, so it is as old as the standard.
        first = datetime(2021, 6, 10, tzinfo=UTC)
        fields = {"name": SERVICE, "identity_class": "system"}
        return self._object("identity", "service", first, first, **fields)

    def identity(self, source: Source, provenance: Provenance) -> StixObject:
        """Return a source as an identity."""
        first, last = provenance.recorded["source", source.id]
        return self._object(
            "identity",
            f"source/{source.id}",
            first,
            last,
            name=source.name,
            description=source.description,
            identity_class=IDENTITY_CLASSES[source.kind],
            labels=[source.kind.value],
        )

    def said(self, claims: Collection[Claim], provenance: Provenance) -> list[StixObject]:
        """Return claims as reports, after the identities of who said, carried, or is cited by them."""
        ids = {id_: None for claim in claims for id_ in (claim.source, *claim.via, *claim.cites)}
        named = [self.identity(provenance.record.sources[id_], provenance) for id_ in ids]
        return [*named, *(self.report(claim, provenance) for claim in claims)]

    def report(self, claim: Claim, provenance: Provenance) -> StixObject:
        """Return a claim as a report by its source; revoked where its own side or a carrier withdrew it.

        STIX lets nothing follow a revoked version: a claim that is stood by again is a report of its own.
        """
        standings = provenance.standings[claim.id]
        standing = standings[-1]
        n_renewed = sum(not before.is_standing and after.is_standing for before, after in pairwise(standings))
        question, source = (
            provenance.record.questions[claim.question],
            provenance.record.sources[claim.source],
        )
        recorded = claim.recorded_at or self.changed_at
        changed = [
            recorded,
            provenance.recorded["source", source.id][1],
            provenance.recorded["question", question.id][1],
            *(at for each in standing.consequences if (at := each.correction.recorded_at) is not None),
        ]
        if any(each.kind is ConsequenceKind.DISPUTED for each in standing.consequences):
            # Who is believed is learned from all that was written.
            changed.append(self.changed_at)
        named = (claim.source, *claim.via, *claim.cites)
        return self._object(
            "report",
            f"claim/{claim.id}" + (f"/{n_renewed}" if n_renewed else ""),
            recorded,
            max(changed),
            created_by_ref=self.id_of("identity", f"source/{source.id}"),
            name=f"{source.name}: {claim.answer}",
            description=_description(claim, question, provenance),
            published=_instant(claim.stated_at),
            object_refs=[self.id_of("identity", f"source/{id_}") for id_ in dict.fromkeys(named)],
            external_references=self._references(claim),
            labels=[standing.kind.value],
            revoked=None if standing.is_standing else True,
        )

    def opinion(self, score: StixObject, claim: Claim, provenance: Provenance) -> StixObject:
        """Return a claim's score as our opinion on its report; a note where it cannot be judged."""
        confidence = score["grades"]["stix_confidence"]
        report, created = self.report(claim, provenance), claim.recorded_at or self.changed_at
        if confidence is None:
            text = f"{score['summary']} It {CANNOT_BE_JUDGED}."
            return self._note(score, created, f"{report['name']}: credence", text, [report["id"]])
        words = f"On STIX's scales of likelihood: {stix_wep(confidence)} (WEP), {stix_dni(confidence)} (DNI)."
        return self._judgement(
            "opinion",
            score,
            created,
            confidence=confidence,
            opinion=stix_opinion(confidence),
            explanation=f"{score['summary']} {interval_text(score['interval'])} {words}",
            object_refs=[report["id"]],
        )

    def source_note(self, score: StixObject, source: Source, provenance: Provenance) -> StixObject:
        """Return a source's score as our note on it: STIX has opinions of what is said, not of who speaks."""
        letter = score["grades"]["admiralty"]
        content = f"{score['summary']} Admiralty reliability (house mapping): {letter}."
        abstract = f"{source.name}, speaking on {score['subject']['scope'] or 'its own ground'}: reliability"
        subject = self.id_of("identity", f"source/{source.id}")
        return self._note(score, provenance.recorded["source", source.id][0], abstract, content, [subject])

    def question_note(
        self, score: StixObject, question: Question, claims: Iterable[Claim], provenance: Provenance
    ) -> StixObject:
        """Return a question's score as our note on the reports that it rests on."""
        answers = [
            f"{answer['answer']}: {percent(answer['credence'])}, {icd203(answer['credence'])}. "
            + interval_text(answer)
            for answer in score.get("answers", ())
        ]
        # A note must be about something, also where nobody has spoken.
        reports = [self.report(claim, provenance)["id"] for claim in claims] or [self.service()["id"]]
        content = "\n".join((score["summary"], *answers))
        return self._note(
            score, provenance.recorded["question", question.id][0], question.text, content, reports
        )

    def _note(
        self, score: StixObject, created: datetime, abstract: str, content: str, refs: list[str]
    ) -> StixObject:
        fields = {"abstract": abstract, "content": content, "object_refs": refs}
        return self._judgement("note", score, created, **fields)

    def _judgement(self, type_: str, score: StixObject, created: datetime, **fields: Any) -> StixObject:
        # A score of another scope or moment is another judgement, and not an older version of this one.
        record = score.get("record") or {}
        subject = score["subject"]
        asked = {"on": subject.get("scope"), "as_of": score["as_of"], "known_at": score["known_at"], **record}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return self._object(
            type_,
            f"score/{subject['type']}/{subject['id']}?{query}",
            created,
            self.changed_at,
            created_by_ref=self.service()["id"],
            **fields,
        )

    def _references(self, claim: Claim) -> list[StixObject]:
        references: list[StixObject] = [{"source_name": SERVICE, "external_id": claim.id}]
        if claim.url is not None:
            references.append({"source_name": claim.via[-1] if claim.via else claim.source, "url": claim.url})
        return references

    def _object(
        self, type_: str, key: str, created: datetime, modified: datetime, /, **fields: Any
    ) -> StixObject:
        return {
            "type": type_,
            "spec_version": "2.1",
            "id": self.id_of(type_, key),
            "created": _instant(created),
            "modified": _instant(modified),
            **{name: value for name, value in fields.items() if value is not None},
        }


def _description(claim: Claim, question: Question, provenance: Provenance) -> str:
    unit = "" if question.quantity is None else f" {question.quantity.unit}"
    lines = [f"{question.text} {claim.answer}{unit}, said of {claim.scope}."]
    if claim.certainty_word is not None:
        lines.append(f"In its own words: {claim.certainty_word}.")
    if claim.text is not None:
        lines.append(claim.text)
    standing = provenance.standings[claim.id][-1]
    for each in standing.consequences:
        correction = each.correction
        by = provenance.record.sources[correction.by].name
        what = correction.scope or (correction.answer and str(correction.answer)) or ""
        on = correction.stated_at.date().isoformat()
        what = f"{correction.kind.value}{what and f' to {what}'}"
        lines.append(f"{CAME[each.kind]} by {by} on {on}: {what}.")
    if standing.is_standing and standing.is_changed:
        lines.append(f"As it stands: {standing.answer}{unit}, said of {standing.scope}.")
    return "\n".join(lines)


def _instant(at: datetime) -> str:
    """Write an instant as STIX does: in UTC, with milliseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
