"""Which lines of a test file speak of one test: what it cannot reach may change without changing the benchmark.

A statement at the top of the file is out of reach when all it does is to bind names that neither the test nor anything
within reach mentions. Whatever may act by being executed is always within reach: calls, conditions, decorated helpers,
fixtures that every test gets.
"""

import ast
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ACTING = (ast.Call, ast.Await, ast.NamedExpr, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ALWAYS = frozenset({"pytestmark", "pytest_plugins"})


@dataclass(frozen=True, eq=False)
class _Part:
    """Lines of a file, the names they bind (None: they may do more) and those they mention."""

    node: ast.stmt
    lines: frozenset[int]
    binds: frozenset[str] | None
    mentions: frozenset[str]


def lines_out_of_reach(text: str, path: tuple[str, ...]) -> frozenset[int]:
    """The lines that say nothing about a test; `path` are the names of its classes, outermost first, and its own.

    None when the text is no Python.
    """
    parts = [part for each in _parts(text) for part in _divided(each, path)]
    reached = [each for each in parts if each.binds is None or getattr(each.node, "name", None) == path[0]]
    others = [each for each in parts if each not in reached]
    for part in reached:  # grows on the way
        found = [each for each in others if each.binds and each.binds & part.mentions]
        others = [each for each in others if each not in found]
        reached += found
    kept = {line for each in reached for line in each.lines}
    return frozenset(line for each in others for line in each.lines if line not in kept)


@functools.lru_cache(maxsize=16)
def _parts(text: str) -> tuple[_Part, ...]:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ()
    return tuple(_Part(node, _span(node), _binds(node), _mentions([node])) for node in body)


def _divided(part: _Part, path: tuple[str, ...]) -> Iterator[_Part]:
    """The class of the test as two parts, itself and its other tests; everything else as it is."""
    node = part.node
    if not isinstance(node, ast.ClassDef) or node.name != path[0] or len(path) == 1:
        yield part
        return
    others = [each for each in node.body if _is_test(each) and getattr(each, "name", None) != path[1]]
    kept = [each for each in ast.iter_child_nodes(node) if each not in others]
    lines = frozenset(line for each in others for line in _span(each))
    yield _Part(node, part.lines - lines, None, _mentions(kept))
    yield _Part(ast.Pass(), lines, frozenset(), frozenset())


def _binds(node: ast.stmt) -> frozenset[str] | None:
    """The names that executing the statement binds when it does nothing else; None when it may do more."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return frozenset((alias.asname or alias.name).split(".")[0] for alias in node.names)
    if isinstance(node, _FUNCTIONS):
        is_inert = _is_test(node) or all(map(_is_plain_fixture, node.decorator_list))
        return frozenset({node.name}) if is_inert else None
    if isinstance(node, ast.ClassDef):
        is_inert = _is_test(node) or not (node.decorator_list or node.keywords)
        return frozenset({node.name}) if is_inert and all(_binds(each) is not None for each in node.body) else None
    if isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return frozenset()
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = frozenset(each.id for each in targets if isinstance(each, ast.Name))
    is_inert = len(names) == len(targets) and not names & _ALWAYS
    return names if is_inert and not any(isinstance(each, _ACTING) for each in ast.walk(node)) else None


def _is_plain_fixture(decorator: ast.expr) -> bool:
    """A fixture that only those tests get which name it as it is called here."""
    call = decorator if isinstance(decorator, ast.Call) else None
    name = decorator if call is None else call.func
    word = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
    return word == "fixture" and (call is None or not {each.arg for each in call.keywords} & {"autouse", "name", None})


def _mentions(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names, parameters, and words in quotes, which may be those of fixtures."""
    return frozenset(name for node in nodes for each in ast.walk(node) for name in _named(each))


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from node.value.replace(",", " ").split()


def _is_test(node: ast.AST) -> bool:
    return isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and node.name.lower().startswith("test")


def _span(node: ast.stmt) -> frozenset[int]:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    return frozenset(range(first, (node.end_lineno or first) + 1))
