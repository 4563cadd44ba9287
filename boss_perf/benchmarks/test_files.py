"""Files written and read back: text, JSON and YAML, in a fresh directory on tmpfs where there is one.

On a disk the file system's mood is 10 to 20 times the difference between two implementations, so none is involved. The
baseline overwrites in place; the optimized arm writes beside, syncs and renames, which is part of its figure.
Sizes are those of the files: 64 KiB of text, about 1 MB of JSON with an indent of 2, about 64 KB of YAML.
"""

import json
import random
import tempfile
from pathlib import Path

import pytest

from boss_perf.resolvers.files import BaselineFiles, OptimizedFiles
from boss_perf.resolvers.protocol import Task

SEED = 20240701
TEXT_BYTES = 64 * 1024
JSON_RECORDS = 3700
YAML_RECORDS = 430
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"]


def records(count):
    draw = random.Random(SEED)
    return [
        {
            "id": number,
            "name": f"record {number}",
            "score": draw.randrange(10_000) / 100,
            "tags": draw.sample(WORDS, 3),
            "nested": {"active": draw.random() < 0.5, "note": None, "words": " ".join(draw.choices(WORDS, k=9))},
        }
        for number in range(count)
    ]


CONTENTS = {
    "text": lambda: "".join(random.Random(SEED).choices("abcdefghij klmnop\n", k=TEXT_BYTES)),
    "json": lambda: records(JSON_RECORDS),
    "yaml": lambda: [{key: each[key] for key in ("id", "name", "score", "nested")} for each in records(YAML_RECORDS)],
}


@pytest.fixture
def directories():
    """One for each arm, empty."""
    memory = Path("/dev/shm")  # noqa: S108 - private directories within
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="boss-perf-") as directory:
        paths = [Path(directory) / name for name in ("baseline", "optimized")]
        for path in paths:
            path.mkdir()
        yield paths


@pytest.fixture
def arms(directories):
    return BaselineFiles(directories[0]), OptimizedFiles(directories[1], is_durable=True)


def write(file_format):
    content = CONTENTS[file_format]()
    return Task("w", {"operation": "WRITE", "path": "in/file", "format": file_format, "content": content})


def read(file_format):
    return Task("r", {"operation": "READ", "path": "in/file", "format": file_format})


def answer(resolver, task):
    """The output of a resolver that never suspends, without an event loop."""
    try:
        resolver.resolve(task).send(None)
    except StopIteration as stop:
        assert stop.value.is_success, stop.value.message
        return stop.value.output_data
    raise AssertionError("a file resolver suspended")


def compare_reads(paired, arms, file_format):
    for each in arms:
        answer(each, write(file_format))

    def same_content(left, right):
        assert left.is_success, left.message
        assert right.is_success, right.message
        return left.output_data == right.output_data

    first, _ = paired(
        baseline=arms[0].resolve, optimized=arms[1].resolve, inputs=[read(file_format)], agree=same_content
    )
    assert first.output_data["content"] == CONTENTS[file_format]()


def compare_writes(paired, arms, file_format):
    def same_file(left, right):
        assert left.is_success, left.message
        assert right.is_success, right.message
        return answer(arms[0], read(file_format)) == answer(arms[1], read(file_format))

    paired(baseline=arms[0].resolve, optimized=arms[1].resolve, inputs=[write(file_format)], agree=same_file)
    assert answer(arms[1], read(file_format))["content"] == CONTENTS[file_format]()


def test_text_read(paired, arms):
    """One op: a file of 64 KiB read as text."""
    compare_reads(paired, arms, "text")


def test_text_write(paired, arms):
    """One op: a file of 64 KiB written over the one before; in place against beside and renamed."""
    compare_writes(paired, arms, "text")


def test_json_read(paired, arms):
    """One op: a JSON file of about 1 MB read and parsed."""
    compare_reads(paired, arms, "json")


def test_json_write(paired, arms):
    """One op: a JSON file of about 1 MB, indented by 2, written over the one before."""
    compare_writes(paired, arms, "json")


def test_yaml_read(paired, arms):
    """One op: a YAML file of about 64 KB read and parsed."""
    compare_reads(paired, arms, "yaml")


def test_yaml_write(paired, arms):
    """One op: a YAML file of about 64 KB written over the one before."""
    compare_writes(paired, arms, "yaml")


@pytest.mark.parametrize("file_format", ["text", "json", "yaml"])
def test_read_latency(benchmark, arms, file_format):
    """One op: the file of the format (64 KiB, 1 MB, 64 KB) read and parsed by the optimized resolver."""
    answer(arms[1], write(file_format))
    result = benchmark(arms[1].resolve, read(file_format))
    assert result.output_data["content"] == CONTENTS[file_format]()


@pytest.mark.parametrize("file_format", ["text", "json", "yaml"])
def test_write_latency(benchmark, arms, file_format):
    """One op: the file of the format (64 KiB, 1 MB, 64 KB) written by the optimized resolver over the one before."""
    result = benchmark(arms[1].resolve, write(file_format))
    assert result.is_success, result.message
    assert answer(arms[1], read(file_format))["content"] == CONTENTS[file_format]()


def test_text_overhead(paired, arms, directories):
    """One op: a file of 64 KiB read as text; the first arm is `open().read()`."""
    answer(arms[1], write("text"))
    path = directories[1] / "in" / "file"

    def bare(_task):
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()

    paired(
        baseline=bare,
        optimized=arms[1].resolve,
        inputs=[read("text")],
        agree=lambda raw, result: raw == result.output_data["content"],
    )


def test_json_overhead(paired, arms, directories):
    """One op: a JSON file of about 1 MB read and parsed; the first arm is `json.load(open())`."""
    answer(arms[1], write("json"))
    path = directories[1] / "in" / "file"

    def bare(_task):
        with path.open(encoding="utf-8") as file:
            return json.load(file)

    paired(
        baseline=bare,
        optimized=arms[1].resolve,
        inputs=[read("json")],
        agree=lambda raw, result: raw == result.output_data["content"],
    )
