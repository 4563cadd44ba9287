"""No generated example fails because the machine is busy, and no test finds what another run has built.

What tests start may keep what it compiles beside its source: compiling it anew in each process is most of their time.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _own_builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOSS_PERF_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
