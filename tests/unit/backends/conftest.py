import pytest

from tests.servers.dialects import LLAMACPP, OLLAMA, Dialect
from tierlsp.backends import connections
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


@pytest.fixture(params=["near", "client"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to a server: the one for this machine, and the HTTP client for all others, at the same addresses."""
    if request.param == "client":
        monkeypatch.setattr(connections, "is_near", lambda base_url: False)
