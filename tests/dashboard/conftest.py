"""A real browser: Debian's Chromium through Playwright; missing ones skip here and fail in CI."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from boss_perf.report.dashboard import DashboardData, render_dashboard


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for one file: while its driver is open, no other event loop can run in this process."""
    if not os.environ.get("CI"):
        pytest.importorskip("playwright", reason="no browser driver: pip install playwright")
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("a browser is needed: apt-get install chromium")
        pytest.skip("no browser: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """An opened page with everything it complained about and asked for."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.path = path
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self.requests.append(request.url))

    def go(self, fragment: str = "") -> Any:
        self.page.goto(f"{self.path.as_uri()}{fragment}")
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page

    def is_clean(self) -> bool:
        """No complaint, and nothing asked for but the file itself and what it carries."""
        outside = [url for url in self.requests if not url.startswith((self.path.as_uri(), "data:"))]
        assert (self.complaints, outside) == ([], [])
        return True


@pytest.fixture
def visit(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Render a dashboard to a file and open it."""
    contexts = []

    def open_it(data: DashboardData, **options: Any) -> Visit:
        path = tmp_path / "dashboard.html"
        path.write_text(render_dashboard(data), encoding="utf-8")
        contexts.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        return Visit(contexts[-1].new_page(), path)

    yield open_it
    for context in contexts:
        context.close()
