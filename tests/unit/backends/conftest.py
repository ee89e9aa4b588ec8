import pytest

from tests.servers.dialects import LLAMACPP, OLLAMA, Dialect
from tierlsp.backends.connections import load_client


@pytest.fixture(scope="session", autouse=True)
def _loaded_client() -> None:
    # So that the first test's short time limits do not have to allow for the import.
    load_client()


@pytest.fixture(params=[OLLAMA, LLAMACPP], ids=["ollama", "llamacpp"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Each wire format in turn."""
    value: Dialect = request.param
    return value
