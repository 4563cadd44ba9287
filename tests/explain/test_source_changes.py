"""Which functions a change edited: by their syntax trees, and by the constants they read."""

from boss_perf.explain.source_changes import compare_sources, function_at, functions_in

TEXT = '''\
LIMIT = 3


class Shelf:
    SIZE = 1

    def put(self, count):
        """Put it."""

        def inner(number):
            return number + 1

        return [inner(each) for each in range(LIMIT)]

    @property
    def size(self):
        return self.SIZE


def other():
    return 1
'''


def edited(before: str, after: str) -> set[str]:
    return {name for _, name in compare_sources({"shop.py": TEXT.replace(after, before)}, {"shop.py": TEXT}).edited}


def changed(old: str, new: str) -> set[str]:
    assert old in TEXT
    return {name for _, name in compare_sources({"shop.py": TEXT}, {"shop.py": TEXT.replace(old, new)}).edited}


def test_a_comment_a_docstring_or_a_moved_line_edits_nothing() -> None:
    assert changed("Put it.", "Put it there.") == set()
    assert changed("return 1\n", "return 1  # one\n") == set()
    assert changed("LIMIT = 3\n", "\n\nLIMIT = 3\n") == set()


def test_a_function_within_a_function_is_compared_by_itself() -> None:
    assert changed("number + 1", "number + 2") == {"Shelf.put.<locals>.inner"}


def test_who_reads_a_constant_is_edited_with_it() -> None:
    assert changed("LIMIT = 3", "LIMIT = 4") == {"Shelf.put"}
    assert changed("SIZE = 1", "SIZE = 2") == {"Shelf.size"}


def test_a_constant_in_another_file_counts_too() -> None:
    base = {"shop.py": TEXT, "config.py": "LIMIT = 1\n"}
    assert {name for _, name in compare_sources(base, {**base, "config.py": "LIMIT = 2\n"}).edited} == {"Shelf.put"}


def test_new_and_removed_functions_are_edits() -> None:
    assert changed("def other", "def another") == {"other", "another"}


def test_a_function_that_moved_to_another_file_is_compared_with_what_it_was() -> None:
    base, new = {"shop.py": TEXT, "far.py": ""}, "def other():\n    return {}\n"
    rest = TEXT.replace("def other():\n    return 1\n", "")
    moved = compare_sources(base, {"shop.py": rest, "far.py": new.format(1)})
    assert (moved.edited, moved.moved) == (frozenset(), {("shop.py", "other"): "far.py"})
    edited = compare_sources(base, {"shop.py": rest, "far.py": new.format(2)})
    assert (edited.edited, edited.lines) == ({("far.py", "other")}, {("far.py", "other"): (2,)})
    two = {"shop.py": rest, "far.py": new.format(1), "near.py": new.format(1)}
    assert compare_sources(base, two).moved == {}


def test_the_new_lines_are_those_of_head() -> None:
    head = TEXT.replace("    return 1\n", "    spare = 2\n    return 1\n")
    assert compare_sources({"shop.py": TEXT}, {"shop.py": head}).lines == {("shop.py", "other"): (21,)}


def test_what_cannot_be_parsed_has_no_functions() -> None:
    assert functions_in("def (") == {} == functions_in("x = '\0'")


def test_the_innermost_function_of_a_line_is_found() -> None:
    assert [function_at(functions_in(TEXT), line) for line in (1, 7, 11, 21)] == [
        "<module>",
        "Shelf.put",
        "Shelf.put.<locals>.inner",
        "other",
    ]
