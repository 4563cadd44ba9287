"""What `boss-perf --help` shows: written without importing a command or the library that reads the command line."""

import os
import textwrap
from collections.abc import Mapping

HELP = """Performance targets as code: promises in targets.yaml, proof by measurement, a gate that does not cry wolf.

Example: boss-perf bench && boss-perf report
"""
OPTIONS = {
    "-V, --version": "Show the version.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show completion for the current shell, to copy it or customize the installation.",
    "-h, --help": "Show this message and exit.",
}
GROUPS = {
    "Every day": {
        "init": ("targets:init", "Find the benchmarks of a project and write a commented targets.yaml."),
        "check": ("targets:check", "Check targets.yaml: every complaint with file, line and column."),
        "bench": ("bench:bench", "Measure every target that has a workload."),
        "report": ("report:report", "Write the Markdown tracker from the evidence."),
        "status": ("report:status", "Show where the promises stand, by the evidence there is."),
        "gate": ("gate:gate", "Judge the newest evidence, or HEAD against a ref."),
        "compare": ("gate:compare", "Compare any two refs, folders or interpreters."),
    },
    "Why": {
        "show": ("show:show", "Show all that is known of a target."),
        "trend": ("trend:trend", "Show a target's history and where its level moved."),
        "explain": ("explain:explain", "Name the function that made a benchmark slower or faster."),
        "bisect": ("bisect:bisect", "Find the commit that made one benchmark slower."),
        "dashboard": ("views:dashboard", "Write the dashboard, one HTML file that opens offline."),
    },
    "Team": {
        "history": ("history:history", "List the runs, drop one, or copy the history elsewhere."),
        "export": ("views:export", "Hand the evidence to other tools."),
        "merge": ("fleet:merge", "Put the shares of a gate together as one."),
        "worker": ("fleet:worker", "Measure for a cluster until its scheduler ends."),
        "ratchet": ("ratchet:ratchet", "Measure HEAD against the best each benchmark ever was."),
        "load": ("load:load", "Run the load targets with locust and keep the raw response times."),
        "serve": ("load:serve", "Serve the optimized resolvers over HTTP."),
        "prove": ("prove:prove", "Let the gate judge equal trees and planted slowdowns."),
    },
    "Set up": {
        "schema": ("targets:schema", "Print a JSON Schema, for editors and readers of results."),
        "import": ("targets:import_", "Turn a Markdown tracker into targets.yaml."),
    },
}
"""The commands by group: each with its module, its function, and what it does."""
_LEAST_WIDTH, _MOST_WIDTH = 50, 100


def front_page() -> str:
    """The page, as wide as the terminal allows."""
    try:
        columns = int(os.environ.get("COLUMNS", 0)) or os.get_terminal_size().columns
    except (ValueError, OSError):
        columns = 80
    width = max(_LEAST_WIDTH, min(columns, _MOST_WIDTH)) - 2
    opening = [textwrap.fill(part, width, initial_indent="  ", subsequent_indent="  ") for part in HELP.split("\n\n")]
    lists = {"Options": OPTIONS} | {
        title: {name: text for name, (_, text) in commands.items()} for title, commands in GROUPS.items()
    }
    parts = [_list(title, entries, width) for title, entries in lists.items()]
    return "\n\n".join(["Usage: boss-perf [OPTIONS] COMMAND [ARGS]...", *opening, *parts]) + "\n"


def _list(title: str, entries: Mapping[str, str], width: int) -> str:
    indent = max(map(len, entries)) + 4
    lines = [
        textwrap.fill(text, width, initial_indent=f"  {name}".ljust(indent), subsequent_indent=" " * indent)
        for name, text in entries.items()
    ]
    return "\n".join([f"{title}:", *lines])
