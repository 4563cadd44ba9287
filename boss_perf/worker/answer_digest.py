"""A digest of an answer: whether two processes computed the same thing, whatever type it has.

An answer is looked at, never believed: what it runs when it is looked at (`__iter__`, `__reduce_ex__`) may raise, hang,
go round in circles or never end, and then there is no digest and a reason. Nothing is imported for it.
"""

import contextlib
import hashlib
import operator
import signal
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from types import FrameType, MappingProxyType
from typing import Any

from . import answer_forms as forms
from .late_answers import has_late_fields, has_late_form

DEPTH_LIMIT = 60
ITEM_LIMIT = 100_000
BYTE_LIMIT = 256 * 2**20
LOOK_LIMIT_S = 10.0
_RUN_ITEMS = 16  # so many plain values in a row cost as much as one other item: `repr` writes them at once
_CONTAINERS = (list, tuple, dict, set, frozenset, deque)
_PLAIN = {int, bool, str, bytes, type(None)}
_VALUES: type = type({}.values())
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.items()))


@dataclass(frozen=True, slots=True)
class AnswerDigest:
    """What an answer comes to. `text` None: it could not be looked at. `doubt`: why it was not looked at, or not whole.

    `text` is a SHA-256; where objects keep names with an underscore to themselves it is two, divided by a colon, of
    what is public and of everything: an answer whose private part alone differs may be the same one, kept differently.
    `is_late`: code of the answer's own ran to show what it holds, which may be work put off. `is_lazy`: it holds
    something that looking at it would use up.
    """

    text: str | None
    doubt: str = ""
    is_late: bool = False
    is_lazy: bool = False


def digest_answer(answer: Any, *, walks: bool, root: str = "", is_plain: bool = False) -> AnswerDigest:
    """The digest of an answer; `walks` says that what is lazy in it may be used up, `is_plain` to look at no object.

    Floats count to nine digits: summing in another order is no other answer. `root` is the tree of this process, whose
    path means the same as that of another tree, as do pytest's temporary folders.
    """
    look = _Look(walks=walks, root=root, is_plain=is_plain)
    try:
        with _time_limit():
            look.put(answer)
    except _TooMuch as much:
        return AnswerDigest(f"first-{look.text()}", str(much), look.is_late)
    except _Lazy:
        return AnswerDigest(None, "it may be walked only once", is_lazy=True)
    except _Unseen as unseen:
        return AnswerDigest(None, str(unseen))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's object raises
        return AnswerDigest(None, f"looking at it raised {type(error).__name__}")
    return AnswerDigest(look.text(), "", look.is_late)


class _Unseen(BaseException):
    pass


class _Lazy(_Unseen):
    pass


class _TooMuch(Exception):
    pass


class _Look:
    """Writes an answer into two hashes; `_open` holds the containers it is within, by identity."""

    def __init__(self, *, walks: bool, root: str, is_plain: bool) -> None:
        self._walks = walks
        self.is_late = False
        self._is_plain = is_plain
        self._root = root.encode("utf-8", "surrogatepass")
        self._public = self._whole = hashlib.sha256()  # one, until something private tells them apart
        self._private_depth = 0
        self._open: dict[int, int] = {}
        self._left = ITEM_LIMIT
        self._bytes_left = BYTE_LIMIT

    def text(self) -> str:
        public, whole = self._public.hexdigest(), self._whole.hexdigest()
        return public if public == whole else f"{public}:{whole}"

    def put(self, answer: Any) -> None:
        """Write one answer, with all it holds."""
        kind = type(answer)
        self._count(1)
        if kind in _PLAIN:
            self._put_plain(kind, answer)
        elif kind is float:
            self._write(b"f", forms.digits_of(answer))
        elif kind is complex:
            self._write(b"c", forms.digits_of(answer.real), forms.digits_of(answer.imag))
        elif kind not in _CONTAINERS and issubclass(kind, Enum):
            self._write(b"e", kind.__qualname__.encode(), str(answer._name_).encode())
            self.put(answer._value_)
        elif kind not in _CONTAINERS and forms.is_closed(kind):
            self._put_plain(kind, forms.plain_form(answer))
        elif id(answer) in self._open:
            self._write(b"cycle", str(self._open[id(answer)]).encode())
        else:
            if len(self._open) >= DEPTH_LIMIT:
                raise _Unseen(f"it is nested deeper than {DEPTH_LIMIT} times")
            self._open[id(answer)] = len(self._open)
            self._write(b"(", kind.__qualname__.encode())
            (self._put_contained if kind in _CONTAINERS else self._put_content)(kind, answer)
            self._write(b")")
            del self._open[id(answer)]

    def _put_content(self, kind: Any, answer: Any) -> None:
        fields = forms.fields_of(kind, answer)
        if self._is_plain and forms.buffer_of(kind, answer) is None:
            raise _Unseen(f"a {kind.__qualname__} is not looked at")
        if fields is not None:
            self.is_late = self.is_late or has_late_fields(kind, answer)
            self._put_fields(fields)
        elif (buffer := forms.buffer_of(kind, answer)) is not None:
            for part in buffer:
                self.put(part)
        elif issubclass(kind, _CONTAINERS):
            self._put_contained(kind, answer)
        elif kind is _VALUES:
            self._put_items(answer)
        elif kind is MappingProxyType or kind in _VIEWS:
            self._put_unordered(answer.items() if kind is MappingProxyType else answer)
        elif forms.is_lazy(kind):
            if not self._walks:
                raise _Lazy
            if not hasattr(kind, "__next__"):
                self._put_form(forms.reduced_form(answer))
            self._put_items(answer.items() if forms.is_mapping(kind) else answer)
        elif (form := forms.reduced_form(answer)) is None:
            raise _Unseen(f"a {kind.__qualname__} does not say what it holds")
        else:
            self.is_late = self.is_late or has_late_form(kind)
            self._put_form(form)
        if issubclass(kind, _CONTAINERS):
            self.is_late = self.is_late or forms.is_lazy(kind)
            self._put_fields(getattr(answer, "__dict__", {}).items())

    def _put_contained(self, kind: type, answer: Any) -> None:
        if issubclass(kind, list | tuple | deque):
            self._put_items(answer)
        elif issubclass(kind, OrderedDict):
            self._put_items(answer.items())
        elif issubclass(kind, dict) and set(map(type, dict.keys(answer))) <= {str}:
            names = sorted(dict.keys(answer))  # tells the order of insertion as little, and takes no digests
            self._put_items(names)
            self._put_items([dict.__getitem__(answer, name) for name in names])
        else:
            self._put_unordered(dict.items(answer) if issubclass(kind, dict) else answer)

    def _put_plain(self, kind: type, answer: Any) -> None:
        text = answer if isinstance(answer, bytes) else str(answer).encode("utf-8", "surrogatepass")
        if self._root and b"/" in text:
            text = forms.TEMPORARY.sub(b"<temporary>", text.replace(self._root, b"<tree>"))
        self._write(kind.__qualname__.encode(), text)

    def _put_items(self, items: Iterable[Any]) -> None:
        if (type(items) is list or type(items) is tuple) and set(map(type, items)) <= _PLAIN:
            self._count(len(items) // _RUN_ITEMS)
            self._put_plain(list, repr(items))
            return
        for each in items:
            self.put(each)

    def _put_unordered(self, items: Iterable[Any]) -> None:
        """Each member's own digests, sorted: neither the order of insertion nor that of the hashes counts."""
        outer = self._public, self._whole
        members = []
        for each in items:
            self._public = self._whole = hashlib.sha256()
            try:
                self.put(each)
                members.append((self._public.digest(), self._whole.digest()))
            finally:
                self._public, self._whole = outer
        self._write_apart(*(b"".join(sorted(column)) for column in zip(*members, strict=True)))

    def _put_fields(self, fields: Iterable[tuple[str, Any]]) -> None:
        for name, each in sorted(fields, key=operator.itemgetter(0)):
            is_private = name.startswith("_")
            self._private_depth += is_private
            self._write(b".", name.encode())
            self.put(each)
            self._private_depth -= is_private

    def _put_form(self, form: forms.ReducedForm | None) -> None:
        if form is not None:
            arguments, fields, items = form
            self.put(arguments)
            self._put_fields(fields)
            self._put_items(items)

    def _write(self, *parts: bytes) -> None:
        """A part is written with its length before it, so that no two answers run into one another."""
        text = b"".join([b"%d:%b" % (len(part), part) for part in parts])
        self._bytes_left -= len(text)
        if self._bytes_left < 0:
            raise _TooMuch(f"only the first {BYTE_LIMIT // 2**20} MiB of it were looked at")
        self._write_apart(text, text)

    def _write_apart(self, public: bytes, whole: bytes) -> None:
        if self._public is self._whole and (self._private_depth or public != whole):
            self._public = self._whole.copy()
        self._whole.update(whole)
        if self._public is not self._whole and not self._private_depth:
            self._public.update(public)

    def _count(self, items: int) -> None:
        self._left -= items
        if self._left < 0:
            raise _TooMuch(f"only the first {ITEM_LIMIT:_} of its items were looked at".replace("_", " "))


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    """_Unseen in the block when it lasts too long; no limit outside the main thread, where no signal arrives."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise _Unseen(f"looking at it took longer than {LOOK_LIMIT_S:.0f} s")

    before = signal.signal(signal.SIGALRM, end)
    left_s, every_s = signal.setitimer(signal.ITIMER_REAL, LOOK_LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left_s, every_s)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
