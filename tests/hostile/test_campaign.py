"""A small campaign; `make test-hostile` runs a large one."""

from pathlib import Path

from hostile import campaign


def test_no_request_made_from_the_document_breaks_the_service(tmp_path: Path) -> None:
    tally = campaign.run(CASES, seed=campaign.SEED, folder=tmp_path)
    # Late answers count in `make test-hostile` alone: here the machine is busy with the other tests.
    assert not tally.failures, tally.report()
    assert {"200", "201", "401", "403", "404", "422"} <= set(tally.statuses), tally.report()


# Enough that every operation is called with every key.
CASES = 150
