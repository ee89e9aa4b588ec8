from pathlib import Path

import pytest

from tests.unit.privacy.helpers import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.root.mkdir()
    return desk
