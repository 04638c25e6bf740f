from dataclasses import fields, replace

import pytest

from models.constants import Coefficient, Constants
from models.version import RELEASE, model_version

NAMES = [field.name for field in fields(Constants)]


@pytest.mark.parametrize("constant", Constants().table(), ids=NAMES)
def test_every_constant_tells_its_unit_its_meaning_and_the_reason_for_its_size(constant):
    assert set(constant) - {"width", "elicited"} == {"name", "value", "unit", "meaning", "reason"}
    assert constant["unit"]
    assert len(constant["meaning"]) > 10
    assert len(constant["reason"]) > 10


def test_the_table_lists_every_constant_once_with_the_value_in_force():
    table = Constants(carrier=-0.25).table()
    assert [row["name"] for row in table] == NAMES
    assert next(row["value"] for row in table if row["name"] == "carrier") == -0.25


def test_the_table_lists_a_moved_coefficient_beside_what_it_was_elicited_as():
    rows = {row["name"]: row for row in Constants().table({"carrier": Coefficient(-0.5, 0.2)})}
    assert (rows["carrier"]["value"], rows["carrier"]["width"]) == (-0.5, 0.2)
    assert rows["carrier"]["elicited"] == {"value": Constants().carrier, "width": 0.5}
    assert rows["anonymity"]["value"] == rows["anonymity"]["elicited"]["value"] == Constants().anonymity
    assert "elicited" not in rows["evidence_temper"]


@pytest.mark.parametrize("name", NAMES)
def test_another_value_is_another_model_version(name):
    changed = replace(Constants(), **{name: getattr(Constants(), name) + 1})
    assert model_version(changed) != model_version()


def test_the_closer_a_vantage_the_more_it_is_worth():
    c = Constants()
    worth = [
        c.vantage_direct,
        c.vantage_operational,
        c.vantage_national_intelligence,
        c.vantage_relayed,
        c.vantage_unknown,
    ]
    assert worth == sorted(worth, reverse=True)


def test_the_version_is_the_release_and_a_digest_of_the_constants():
    assert model_version() == f"{RELEASE}+{Constants().digest()}"
    assert model_version(Constants()) == model_version(None)
