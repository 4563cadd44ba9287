"""What of a tree is measured, and what it is measured by."""

from pathlib import Path

import pytest

from boss_perf.measure.product import Product


def product(root: Path, *files: str, suite: tuple[str, ...] = (), path: tuple[str, ...] = ()) -> Product:
    for each in files:
        (root / each).parent.mkdir(parents=True, exist_ok=True)
        (root / each).touch()
    return Product(root, files, suite=suite, path=path)


@pytest.mark.parametrize(
    ("files", "modules"),
    [
        (("pkg/__init__.py", "setup.py", "conftest.py", "noxfile.py", "sitecustomize.py"), {"pkg"}),
        (("src/pkg/__init__.py", "src/_native.cpython-311.so", "docs/read.md"), {"pkg", "_native"}),
        (("shop.py", "run_a.py", "run_b.py", "__main__.py", "my-script.py"), {"shop", "run_a", "run_b"}),
        (("src/company/product/part/__init__.py", "shared/inside/__init__.py", "docs/pages.md"), {"company", "shared"}),
        (("pkg/__init__.py", "pkg/tests/test_a.py", "pkg/test_b.py", "tests/helper.py", "tests/test_c.py"), {"pkg"}),
        (("perf/__init__.py", "perf/core.py", "perf/tests/test_a.py"), {"perf"}),
        (("pkg/a.py", "benchmarks/sizes.py", "benchmarks/micro/test_a.py"), {"pkg"}),
    ],
)
def test_what_can_be_imported_and_is_no_suite_is_product(
    tmp_path: Path, files: tuple[str, ...], modules: set[str]
) -> None:
    assert product(tmp_path, *files).modules == modules


@pytest.mark.parametrize(
    ("files", "doubled"),
    [
        (("pkg/__init__.py", "src/pkg/__init__.py", "shop.py", "src/other.py"), {"pkg"}),
        (("shop.py", "src/shop/__init__.py", "src/shop/a.py"), {"shop"}),
        (("pkg/__init__.py", "pkg.py", "src/_fast.so", "src/_fast.py"), set()),
        (("company/one.py", "src/company/two/__init__.py"), set()),
    ],
)
def test_a_name_that_two_source_folders_have_is_doubled(
    tmp_path: Path, files: tuple[str, ...], doubled: set[str]
) -> None:
    assert product(tmp_path, *files).doubled == doubled


def test_named_source_folders_are_no_modules_themselves(tmp_path: Path) -> None:
    files = ("python/plain/__init__.py", "shared/inside/__init__.py")
    assert product(tmp_path, *files).modules == {"python", "shared"}
    assert product(tmp_path, *files, path=("python",)).modules == {"plain", "shared"}
    assert product(tmp_path, "../libs/src/deep/__init__.py", path=("../libs/src",)).modules == {"deep"}


@pytest.mark.parametrize(
    ("file", "is_product"),
    [
        ("pkg/data/table.bin", True),
        ("pkg/testing/public.py", True),
        ("pkg/tests/test_a.py", False),
        ("pkg/tests/size.json", False),
        ("pkg/conftest.py", False),
        ("pkg/test_b.py", False),
        ("pkg/new.py", True),
        ("data/table.bin", False),
        ("pytest.ini", False),
        ("bench/helper.py", False),
        ("x.egg-info/entry_points.txt", False),
        ("scripts/my-tool.py", True),  # a suite loads it by its path
    ],
)
def test_a_packages_tests_are_suite_and_its_data_is_product(tmp_path: Path, file: str, is_product: bool) -> None:
    tests = ("pkg/tests/test_a.py", "bench/helper.py", "bench/bench_a.py")
    files = ("pkg/__init__.py", "pkg/testing/public.py", "scripts/my-tool.py", *tests)
    assert (file in product(tmp_path, *files)) is is_product


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-ra -p fixtures --strict"\n'),
        ("pytest.toml", '[pytest]\naddopts = ["-ra", "-p", "fixtures"]\n'),
    ],
)
def test_what_the_configuration_makes_a_plugin_is_suite(tmp_path: Path, settings: str, text: str) -> None:
    files = ("pkg/__init__.py", "fixtures.py", "plugs/more.py", settings, "conftest.py", "plugs/other.py")
    (tmp_path / settings).write_text(text)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["plugs.more", "pytester"]\n')
    found = product(tmp_path, *files)
    assert {each for each in files if each in found} == {"pkg/__init__.py", "plugs/other.py"}


def test_a_declared_suite_takes_its_folder_along_but_not_the_package_around_it(tmp_path: Path) -> None:
    files = ("pkg/__init__.py", "pkg/benchmarks/test_x.py", "pkg/benchmarks/sizes.py", "specs/a.py", "specs/sizes.py")
    found = product(tmp_path, *files, suite=("pkg/benchmarks/test_x.py", "specs"))
    assert {each for each in files if each in found} == {"pkg/__init__.py"}


@pytest.mark.parametrize("folder", ["perf_tests", "bench-suite", "dev/benchmarks", "integration_tests/speed"])
def test_a_declared_benchmark_takes_its_helpers_along_from_any_folder_that_is_called_so(
    tmp_path: Path, folder: str
) -> None:
    file, helper = f"{folder}/test_x.py", f"{folder}/sizes.py"
    found = product(tmp_path, "pkg/__init__.py", file, helper, suite=(file,))
    assert found.modules == {"pkg"}
    assert found.is_suite(helper)


@pytest.mark.parametrize("inner", ["", "benchmarks/"])
def test_a_package_with_such_a_word_in_its_name_is_product_though_benchmarks_lie_in_it(
    tmp_path: Path, inner: str
) -> None:
    file = f"my_perf/{inner}test_x.py"
    found = product(tmp_path, "my_perf/__init__.py", "my_perf/core.py", file, "docs/conf.py", suite=(file,))
    assert found.modules == {"my_perf", "docs"}
    assert "my_perf/core.py" in found


@pytest.mark.parametrize("package", ["perf", "load_test"])
def test_a_package_that_is_called_like_tests_keeps_what_lies_outside_of_its_tests(tmp_path: Path, package: str) -> None:
    files = (f"{package}/__init__.py", f"{package}/core.py", f"{package}/tests/test_x.py", "other.py")
    found = product(tmp_path, *files, suite=(f"{package}/tests/test_x.py",))
    assert found.modules == {package, "other"}


STATISTICS = {
    "pkg/__init__.py": "from . import (\n    mean,\n    ab_test,\n)\nimport pkg.deep.t_test as t\n",
    "pkg/late.py": "from importlib import import_module\nf = import_module(\n    'pkg.f_test',\n)\nWORD = 'z_test'\n",
    "pkg/f_test.py": "",
    "pkg/z_test.py": "",
    "pkg/ab_test.py": "",
    "pkg/deep/__init__.py": "",
    "pkg/deep/t_test.py": "",
    "pkg/deep/test_deep.py": "import pkg.deep.test_helper\n",
    "pkg/deep/test_helper.py": "",
    "pkg/conftest.py": "",
    "pkg/tests/test_all.py": "",
    "pkg/run.py": "import pkg.conftest, pkg.tests.test_all\n",
    "tests/test_x.py": "from pkg import ab_test\n",
}


def test_a_module_that_is_called_like_a_test_is_product_where_its_package_imports_it(tmp_path: Path) -> None:
    for name, text in STATISTICS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = Product(tmp_path, STATISTICS, suite=("tests",))
    needed = {"pkg/ab_test.py", "pkg/deep/t_test.py", "pkg/f_test.py"}
    assert found.needed == needed == {each for each in STATISTICS if "test" in each and each in found}
    declared = Product(tmp_path, STATISTICS, suite=("pkg/ab_test.py", "tests"))
    assert "pkg/ab_test.py" not in declared


def test_a_change_makes_no_product_of_a_test_by_importing_it(tmp_path: Path) -> None:
    before = ("pkg/__init__.py", "pkg/bench_a.py")
    examiner = product(tmp_path, *before)
    (tmp_path / "pkg/__init__.py").write_text("from pkg import bench_a, t_test\n")
    head = Product(tmp_path, (*before, "pkg/t_test.py"), examiner=examiner)
    assert "pkg/bench_a.py" not in head
    assert "pkg/t_test.py" in head


def test_a_suite_that_is_all_there_is_leaves_the_code_beside_it(tmp_path: Path) -> None:
    files = ("pkg/__init__.py", "pkg/core.py", "pkg/test_x.py")
    found = product(tmp_path, *files, suite=("pkg",))
    assert {each for each in files if each in found} == {"pkg/__init__.py", "pkg/core.py"}


@pytest.mark.parametrize(
    ("file", "is_product"),
    [
        ("perf/core.py", True),
        ("perf/test_core.py", False),
        ("pkg/test/deep.py", True),
        ("pkg/core.py", True),
        ("pkg/plugin.py", True),
        ("pkg/tests/helper.py", False),
        ("helper_plugin.py", False),
    ],
)
def test_a_change_makes_no_suite_of_what_was_product(tmp_path: Path, file: str, is_product: bool) -> None:
    before = ("pkg/__init__.py", "pkg/core.py", "pkg/test/__init__.py", "perf/__init__.py", "perf/core.py")
    added = ("perf/test_core.py", "pkg/test/test_a.py", "pkg/test/deep.py", "pkg/tests/test_b.py", "conftest.py")
    examiner = product(tmp_path, *before)
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['pkg.plugin', 'helper_plugin']\n")
    files = (*before, *added, "pkg/tests/helper.py", "pkg/plugin.py", "helper_plugin.py")
    head = Product(tmp_path, files, suite=("perf", "pkg/core.py"), examiner=examiner)
    assert (file in head) is is_product
