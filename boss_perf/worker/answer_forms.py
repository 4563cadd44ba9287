"""What is to be compared of the types that people return; types are told by what they carry, and by loaded modules."""

import array
import copyreg
import dataclasses
import itertools
import math
import re
import sys
from collections.abc import Iterable
from typing import Any

Fields = Iterable[tuple[str, Any]]
ReducedForm = tuple[Any, Fields, Iterable[Any]]

_CLOSED = {
    "builtins": ("range", "slice", "ellipsis", "NotImplementedType", "type"),
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "ipaddress": ("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network", "IPv4Interface", "IPv6Interface"),
    "pathlib": ("PurePosixPath", "PureWindowsPath", "PosixPath", "WindowsPath"),
    "pathlib._local": ("PurePosixPath", "PureWindowsPath", "PosixPath", "WindowsPath"),
    "uuid": ("UUID",),
    "zoneinfo": ("ZoneInfo",),
    "pandas._libs.tslibs.timestamps": ("Timestamp",),
    "pandas._libs.tslibs.timedeltas": ("Timedelta",),
    "pandas._libs.tslibs.nattype": ("NaTType",),
    "pandas._libs.missing": ("NAType",),
}  # fmt: skip
SIGNIFICANT_DIGITS = 9
TEMPORARY = re.compile(rb"/pytest-of-[^/]+/pytest-\d+\b")
"""The folder above every `tmp_path`, which counts up from process to process."""
_ABSENT = object()
_LISTED = {"polars": "to_dicts", "pyarrow": "to_pylist"}


def is_closed(kind: type) -> bool:
    """A type whose `repr` says all there is to it, and that nobody can have changed by inheriting from it."""
    return kind.__name__ in _CLOSED.get(kind.__module__, ())


def plain_form(answer: Any) -> str:
    """The `repr` of a value of a closed type."""
    return answer.__qualname__ if isinstance(answer, type) else repr(answer)


def digits_of(number: float) -> bytes:
    """Nine significant digits; both zeros are one."""
    return f"{number + 0.0:.{SIGNIFICANT_DIGITS}g}".encode() if math.isfinite(number) else repr(number).encode()


def fields_of(kind: type, answer: Any) -> Fields | None:
    """The fields of a record that count when two are compared; None for what is no record."""
    names: Iterable[str]
    if hasattr(kind, "__dataclass_fields__"):
        names = [each.name for each in dataclasses.fields(kind) if each.compare]
    elif isinstance(attributes := getattr(kind, "__attrs_attrs__", None), tuple):
        names = [each.name for each in attributes if each.eq]
    elif isinstance(fields := getattr(kind, "__struct_fields__", None), tuple):  # msgspec
        names = fields
    elif hasattr(kind, "__pydantic_fields__") or hasattr(kind, "__pydantic_core_schema__"):
        return [*vars(answer).items(), *(getattr(answer, "__pydantic_extra__", None) or {}).items()]
    elif issubclass(kind, tuple) and isinstance(fields := getattr(kind, "_fields", None), tuple):
        return zip(fields, answer, strict=True)
    else:
        return None
    asked = ((name, getattr(answer, name, _ABSENT)) for name in names)  # once: the answer may make it each time
    return [(name, each) for name, each in asked if each is not _ABSENT]


def buffer_of(kind: type, answer: Any) -> tuple[Any, ...] | None:
    """An array or a table as its type, its shape and its content; None for what is neither.

    Bytes where they are exact; floats stay floats, because they count to nine digits only.
    """
    if kind is array.array:
        return answer.typecode, answer.tolist() if answer.typecode in "fd" else answer.tobytes()
    if kind is bytearray:
        return (bytes(answer),)
    if kind is memoryview:
        return answer.format, answer.shape, answer.tobytes()
    room = kind.__module__.partition(".")[0]
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, numpy.generic):
        return answer.dtype.str, _array_content(numpy, numpy.asarray(answer))
    if numpy is not None and issubclass(kind, numpy.ndarray):
        return answer.dtype.str, answer.shape, _array_content(numpy, answer)
    if room == "pandas":
        return _pandas_content(kind, answer)
    if room in _LISTED and hasattr(kind, _LISTED[room]):
        return (getattr(answer, _LISTED[room])(),)
    if room == "polars" and hasattr(kind, "to_list"):
        return answer.to_list(), str(answer.dtype)
    return None


def _array_content(numpy: Any, found: Any) -> Any:
    if found.dtype.kind in "fc":
        return _rounded(numpy, found.ravel())
    return found.tobytes() if found.dtype.kind in "biuSUmM?" else found.tolist()


def _rounded(numpy: Any, flat: Any) -> tuple[bytes, ...]:
    """Floats to 30 bits of their mantissa, which are nine digits, and their exponents; both zeros are one."""
    if flat.dtype.kind == "c":
        return *_rounded(numpy, flat.real), *_rounded(numpy, flat.imag)
    with numpy.errstate(all="ignore"):
        mantissas, exponents = numpy.frexp(flat.astype(numpy.float64))
        steps = numpy.rint(mantissas * 2.0**30)
        wrapped = numpy.abs(steps) == 2.0**30  # rounded up to the next power of two
        steps, exponents = numpy.where(wrapped, steps / 2, steps), exponents + wrapped
        finite = numpy.isfinite(flat)
        kept = numpy.where(finite, steps, numpy.nan_to_num(flat.astype(numpy.float64), nan=7e300)) + 0.0
    return kept.tobytes(), numpy.where(finite, exponents, 0).astype(numpy.int32).tobytes()


def _pandas_content(kind: type, answer: Any) -> tuple[Any, ...] | None:
    if kind.__name__ == "DataFrame":
        columns = [answer.iloc[:, place].to_numpy() for place in range(answer.shape[1])]
        return list(answer.columns), answer.index.to_numpy(), columns, [str(each) for each in answer.dtypes]
    if kind.__name__ == "Series":
        return answer.name, answer.index.to_numpy(), answer.to_numpy(), str(answer.dtype)
    if kind.__name__.endswith("Index") or hasattr(kind, "to_numpy"):
        return answer.to_numpy(), str(answer.dtype)
    return None


def is_lazy(kind: type) -> bool:
    """True for what has to be walked to be seen: iterators, and what else Python code lets one iterate over."""
    own = next((vars(each)["__iter__"] for each in kind.__mro__ if "__iter__" in vars(each)), None)
    return own is not None and (hasattr(kind, "__next__") or hasattr(own, "__code__"))


def is_mapping(kind: type) -> bool:
    """True for what is walked as pairs of keys and values."""
    return hasattr(kind, "keys") and hasattr(kind, "items") and hasattr(kind, "__getitem__")


def reduced_form(answer: Any) -> ReducedForm | None:
    """How an object says it is to be made again: constructor arguments, attributes by name, items; None if it does not.

    Functions do not: one that is returned is work put off.
    """
    if callable(answer):
        return None
    reduce = copyreg.dispatch_table.get(type(answer))
    try:
        reduced = reduce(answer) if reduce is not None else answer.__reduce_ex__(4)
    except TypeError:  # it cannot be copied: a lock, a connection
        return None
    if not isinstance(reduced, tuple) or len(reduced) < 2:
        return None
    maker, arguments, state, items, pairs = itertools.islice((*reduced, None, None, None), 5)
    if maker is copyreg.__newobj__:  # type: ignore[attr-defined]
        arguments = arguments[1:]
    states = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    others = [each for each in states if each is not None and not isinstance(each, dict)]
    fields = [(str(name), each) for each in states if isinstance(each, dict) for name, each in each.items()]
    return [arguments, *others], fields, itertools.chain(items or (), pairs or ())
