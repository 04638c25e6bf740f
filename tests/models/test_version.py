import re

from models.constants import Constants
from models.version import model_version


def test_a_version_is_short_plain_and_the_same_each_time():
    assert re.fullmatch(r"\d+(\.\d+)*\+[0-9a-f]{8}", model_version())
    assert model_version() == model_version(Constants())


def test_it_is_not_moved_by_who_constructs_the_same_constants():
    assert model_version(Constants(baseline=Constants().baseline)) == model_version()
    assert model_version(Constants(baseline=0.41)) != model_version()
