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
        "CREDENCE_RATE_LIMIT": "600",
        "CREDENCE_TRUSTED_PROXIES": "1",
        "CREDENCE_CORS_ORIGINS": "https://desk.example",
        "CREDENCE_PUBLIC_URL": "https://desk.example/credence/",
        "PATH": "/bin",
    }
    assert read_settings(environment) == Settings(
        "kursk.db",
        open_reading=False,
        log_level="warning",
        rate_limit=600,
        trusted_proxies=1,
        cors_origins=("https://desk.example",),
        public_url="https://desk.example/credence",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CREDENCE_DATABSE", "kursk.db"),
        ("CREDENCE_DATABASE", ""),
        ("CREDENCE_OPEN_READING", "perhaps"),
        ("CREDENCE_LOG_LEVEL", "loud"),
        ("CREDENCE_RATE_LIMIT", "-1"),
        ("CREDENCE_RATE_LIMIT", "1.5"),
        ("CREDENCE_RATE_LIMIT", "١٢"),
        ("CREDENCE_RATE_LIMIT", "1000000001"),
        ("CREDENCE_RATE_LIMIT", "9" * 5000),
        ("CREDENCE_TRUSTED_PROXIES", "one"),
        ("CREDENCE_TRUSTED_PROXIES", "17"),
        ("CREDENCE_CORS_ORIGINS", "everyone"),
        ("CREDENCE_PUBLIC_URL", "credence.example"),
        ("CREDENCE_PUBLIC_URL", "https://credence.example/?desk"),
    ],
)
def test_an_unknown_or_malformed_setting_is_one_sentence_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} .*\.$"):
        read_settings({name: value})


def test_a_name_that_only_tools_outside_use_is_let_pass() -> None:
    assert read_settings({"CREDENCE_PROJECT": "/somewhere"}) == Settings()
