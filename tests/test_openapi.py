"""The committed document; that what it says is valid and whole is tested in api/test_contract.py."""

from pathlib import Path

from api.app import create_app
from api.docs import document_yaml
from api.settings import Settings

FILE = Path(__file__).parents[1] / "openapi.yaml"


def test_the_file_is_what_the_service_says():
    document = document_yaml(create_app(Settings(log_level="error")))
    assert FILE.read_text() == document, "run `make openapi`"
