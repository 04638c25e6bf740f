import pytest

from api.errors import SettingsError
from api.settings import Settings, read_settings


def test_without_an_environment_the_defaults_hold() -> None:
    assert read_settings({}) == Settings("credence.db", open_reading=True, log_level="info")


def test_each_setting_is_read() -> None:
    environment = {
        "CREDENCE_DATABASE": "kursk.db",
        "CREDENCE_OPEN_READING": "no",
        "CREDENCE_LOG_LEVEL": "WARNING",
        "PATH": "/bin",
    }
    assert read_settings(environment) == Settings("kursk.db", open_reading=False, log_level="warning")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CREDENCE_DATABSE", "kursk.db"),
        ("CREDENCE_DATABASE", ""),
        ("CREDENCE_OPEN_READING", "perhaps"),
        ("CREDENCE_LOG_LEVEL", "loud"),
    ],
)
def test_an_unknown_or_malformed_setting_is_one_sentence_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} .*\.$"):
        read_settings({name: value})


def test_a_name_that_only_tools_outside_use_is_let_pass() -> None:
    assert read_settings({"CREDENCE_PROJECT": "/somewhere"}) == Settings()
