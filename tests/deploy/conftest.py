"""A real Prometheus and a real PostgreSQL with evidence in them; missing ones skip here and fail in CI."""

import contextlib
import http.server
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import yaml
from deploy_examples import DEPLOY, NOW, a_gate, a_load, examples, save_examples

from boss_perf.formats.openmetrics import render_openmetrics
from boss_perf.load.processes import free_port
from boss_perf.report.digest import digest_of_judgements


def _needed(program: str) -> str:
    """Where a program is; without it the test is skipped, in CI it fails."""
    found = shutil.which(program)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is needed: apt-get install prometheus")
        pytest.skip(f"{program} is not installed: apt-get install prometheus")
    return found


@pytest.fixture(scope="session")
def promtool_program() -> str:
    return _needed("promtool")


@pytest.fixture(scope="session")
def exposition() -> str:
    digest = replace(digest_of_judgements(examples(), title="BOSS"), gate=a_gate())
    return render_openmetrics(digest, loads=(a_load(),))


@pytest.fixture(scope="session")
def prometheus(exposition: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Ask a Prometheus that has scraped the exposition; it runs with the rules and the configuration of `deploy/`."""
    program = _needed("prometheus")

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = exposition.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # a scrape that timed out
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=pages.serve_forever, args=(0.02,), daemon=True).start()
    folder = tmp_path_factory.mktemp("prometheus")
    settings = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    settings["global"] = {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms"}
    settings["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{pages.server_address[1]}"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    shutil.copy(DEPLOY / "prometheus/alerts.yml", folder)
    address = f"127.0.0.1:{free_port('127.0.0.1')}"
    options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    log = (folder / "log").open("wb")
    process = subprocess.Popen([program, *options, f"--web.listen-address={address}"], stdout=log, stderr=log)

    def ask(path: str, **parameters: str) -> Any:
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://{address}/api/v1/{path}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]

    try:
        deadline_s = time.monotonic() + 30
        while True:
            try:
                if ask("query", query="boss_perf_target")["result"]:
                    break
                last = str(ask("targets")["activeTargets"])
            except (urllib.error.URLError, ConnectionError) as error:
                last = str(error)
            assert process.poll() is None and time.monotonic() < deadline_s, last + (folder / "log").read_text()
            time.sleep(0.1)
        yield ask
    finally:
        process.kill()
        process.wait()
        pages.shutdown()
        log.close()


@pytest.fixture(scope="session")
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of a database that holds a history of ours."""
    import psycopg

    from boss_perf.store.history import History

    name = f"deployed_{os.getpid()}"
    url = urlunsplit(urlsplit(postgresql_server)._replace(path=f"/{name}"))
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        with History.open(url) as history:
            for hours in (30, 2):
                save_examples(history, f"run-{hours}", NOW - timedelta(hours=hours))
        yield url
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
