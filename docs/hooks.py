"""Pages of the documentation that are made from the code: the keys of targets.yaml, the commands and their options."""

from collections.abc import Iterator
from typing import Any

from mkdocs.structure.files import File, Files
from typer.main import get_command

from boss_perf.cli.app import build_app
from boss_perf.cli.front_page import GROUPS
from boss_perf.targets.fields import schema


def on_files(files: Files, *, config: Any) -> Files:
    """Add the generated pages before MkDocs looks for them."""
    for name, lines in (("targets", _targets()), ("commands", _commands())):
        files.append(File.generated(config, f"reference/{name}.md", content="\n".join(lines) + "\n"))
    return files


def _targets() -> Iterator[str]:
    yield "# Every key of targets.yaml\n"
    yield "Made from the tables that the loader reads by. `boss-perf schema` prints them as JSON Schema for editors.\n"
    yield from _table(schema(), "")


def _table(node: Any, path: str) -> Iterator[str]:
    """The keys of an object, then those of the objects below it."""
    keys = node.get("properties", {})
    required = set(node.get("required", ()))
    yield "| key | what it says | form |\n|---|---|---|"
    for name, key in keys.items():
        sign = " **required**" if name in required else ""
        yield f"| `{name}`{sign} | {key.get('description', '')} | {_form(key)} |"
    yield ""
    for name, key in keys.items():
        for inner in _objects(key):
            place = f"{path}.{name}".lstrip(".")
            yield f"## {place}\n\n{key.get('description', '')}\n"
            yield from _table(inner, place)


def _objects(node: Any) -> Iterator[Any]:
    """The objects that a key's value is, or is a list of."""
    if "properties" in node:
        yield node
    if isinstance(node.get("items"), dict):
        yield from _objects(node["items"])
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _objects(each)


def _form(node: Any) -> str:
    """A key's type in words."""
    if "enum" in node:
        return ", ".join(f"`{each}`" for each in node["enum"] if each is not None)
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(_form(each) for each in node["anyOf"]))
    kinds = node.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = {"array": "a list", "object": "a table", "boolean": "yes or no", "number": "a number", "string": "words"}
    return " or ".join(words.get(each, each) for each in kinds if each != "null")


def _commands() -> Iterator[str]:
    yield "# Every command\n"
    for title, commands in GROUPS.items():
        yield f"## {title}\n"
        for name in commands:
            command = get_command(build_app()).commands[name]  # type: ignore[attr-defined]
            yield f"### boss-perf {name}\n\n{command.help}\n"
            yield "| option | what it does |\n|---|---|"
            for option in command.params:
                about = " ".join((getattr(option, "help", "") or "").split())
                words = [each for each in option.opts if each.startswith("-")] or [
                    (option.metavar or option.name or "").upper()
                ]
                yield f"| {', '.join(f'`{each}`' for each in words)} | {about} |"
            yield ""
