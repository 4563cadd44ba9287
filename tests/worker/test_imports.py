"""The code below a callable is what its files import, as they are written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from boss_perf.worker.imports import with_imports

FILES = {
    "pkg/__init__.py": "from .fast import work\n",
    "pkg/fast.py": "import json\nfrom . import parts\nfrom .inner.deep import bottom\n",
    "pkg/parts.py": "def late():\n    from pkg import slow\n",
    "pkg/slow.py": "import pkg.fast\n",
    "pkg/inner/__init__.py": "",
    "pkg/inner/deep.py": "from ..other import thing\n",
    "pkg/other.py": "",
    "pkg/alone.py": "",
    "pkg/broken.py": "def (\n",
    "src/lib/__init__.py": "from lib.core import x\n",
    "src/lib/core.py": "",
}


@pytest.fixture
def imports_of(tmp_path: Path) -> Callable[[str], set[str]]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return lambda name: set(with_imports([name], root=str(tmp_path)))


def test_imports_are_followed_through_packages_functions_and_circles(imports_of: Callable[[str], set[str]]) -> None:
    everything = {"pkg/fast.py", "pkg/parts.py", "pkg/slow.py", "pkg/inner/deep.py", "pkg/other.py"}
    assert imports_of("pkg/fast.py") == everything
    assert imports_of("pkg/__init__.py") == everything | {"pkg/__init__.py"}
    assert imports_of("pkg/inner/deep.py") == {"pkg/inner/deep.py", "pkg/other.py"}


def test_a_source_folder_is_searched_too(imports_of: Callable[[str], set[str]]) -> None:
    assert imports_of("src/lib/__init__.py") == {"src/lib/__init__.py", "src/lib/core.py"}


def test_what_is_no_python_or_not_there_imports_nothing(imports_of: Callable[[str], set[str]]) -> None:
    assert imports_of("pkg/broken.py") == {"pkg/broken.py"}
    assert imports_of("pkg/gone.py") == {"pkg/gone.py"}
