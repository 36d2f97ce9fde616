"""The data of a pickle, without its code: a machine for the format's instructions that calls nothing unknown.

A pickle is a program for a machine with a stack and a memo (PEP 307, PEP 3154). Python's own runs whatever
functions the file names. This one looks names up in a table that its caller gives, and knows no others.
"""

from __future__ import annotations

from collections import OrderedDict
from struct import error as StructError
from struct import unpack_from

from ravine.errors import FileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Made", "Unpickler", "check_depth"]

_DEEPEST = 100
_MOST_BITS = 14_000  # of an int: Python reads no more than 4,300 digits
_PLAIN = (str, int, float, bool, bytes, type(None))


class Made:
    """An object of the file whose state arrives after it: subclasses define `build`."""

    def build(self, state: Any) -> None:
        """Takes the state that the file gives the object."""
        raise ValueError(f"{type(self).__name__} takes no state")


class Unpickler:
    """Runs the first pickle of some bytes.

    Args:
        data: the bytes.
        names: what the file may name, by "module name": functions of the arguments.
        persistent: gives the object that an identifier from outside stands for.
        start: where the pickle begins.
    """

    def __init__(
        self,
        data: bytes | memoryview,
        names: dict[str, Any],
        persistent: Callable[[Any], Any],
        start: int = 0,
    ) -> None:
        self.data, self.names, self.persistent = memoryview(data), names, persistent
        self.known = {id(known) for known in names.values() if callable(known)}
        self.at = start
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def load(self) -> Any:
        """The value; `at` is behind the pickle then.

        Raises:
            FileError: an instruction or a name is unknown, or the data are damaged.
        """
        try:
            while True:
                code = self.take(1)[0]
                if code == 0x2E:  # STOP
                    return self.stack.pop()
                step = _STEPS.get(code)
                if step is None:
                    raise FileError(
                        f"byte {self.at - 1} is the unknown instruction {code:#04x}. Fetch or save it again"
                    )
                step(self)
        except FileError:
            raise
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            MemoryError,
            RuntimeError,
            StructError,
            SyntaxError,
            TypeError,
            ValueError,
        ) as error:
            kind = type(error).__name__
            raise FileError(
                f"the pickle is damaged at byte {self.at} ({kind}: {error!s:.100}). Fetch or save it again"
            ) from None

    def take(self, count: int) -> memoryview:
        """The next bytes."""
        if not 0 <= count <= len(self.data) - self.at:
            raise ValueError(f"{count} bytes are needed, {len(self.data) - self.at} are left")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int) -> int:
        """The next number without a sign."""
        return int.from_bytes(self.take(width), "little")

    def line(self) -> str:
        """The next line of text."""
        end = self.at
        while self.data[end] != 0x0A:
            end += 1
        text = bytes(self.take(end - self.at)).decode("utf-8")
        self.at += 1
        return text

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        """What was pushed since the last mark."""
        items, self.stack = self.stack, self.marks.pop()
        return items

    def find(self, module: Any, name: Any) -> None:
        """Pushes what the table has under a name."""
        full = f"{module} {name}"
        if full not in self.names:
            raise FileError(
                f"it names {module}.{name}, which a file may not: that would run code. Save tensors and "
                "plain data, such as a state_dict"
            )
        self.push(self.names[full])

    def call(self, function: Any, args: Any) -> None:
        """Pushes the result of a function of the table."""
        if not isinstance(args, tuple):
            raise TypeError("arguments are no tuple")
        if id(function) not in self.known:
            raise TypeError(f"{function!r:.60} is called")
        self.push(function(*args))

    def set_items(self, items: list[Any]) -> None:
        """Puts keys and values in turn into what is on top."""
        target = self.stack[-1]
        if len(items) % 2:
            raise ValueError("a key has no value")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(target) not in (dict, OrderedDict):
                raise TypeError("items are put into no dict")
            target[key_of(key)] = value

    def append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise TypeError("items are appended to no list")
        target.extend(items)

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, Made):
            target.build(state)
        elif type(target) is OrderedDict and isinstance(state, dict):
            # An OrderedDict of PyTorch's has attributes: the versions of a state dict.
            for name, value in state.items():
                if name != "_metadata":
                    raise ValueError(f"a dict has the attribute {name!r:.40}")
                target._metadata = value  # pyright: ignore[reportAttributeAccessIssue]
        else:
            raise TypeError(f"{type(target).__name__} takes no state")

    def remember(self, number: int) -> None:
        self.memo[number] = self.stack[-1]


def key_of(key: Any) -> Any:
    """A key of a dict. Tuples nested without end would be hashed without end."""
    flat = type(key) is tuple and all(type(part) in _PLAIN for part in key)
    if type(key) not in _PLAIN and not flat:
        raise TypeError(f"{type(key).__name__} is no key")
    return key


def _long(data: memoryview) -> int:
    if len(data) * 8 > _MOST_BITS:
        raise ValueError(f"an int has {len(data)} bytes")
    return int.from_bytes(data, "little", signed=True)


def _int_line(text: str) -> Any:
    if text in ("00", "01"):
        return text == "01"
    return int(text.removesuffix("L"))


def _text(data: memoryview) -> str:
    return bytes(data).decode("utf-8", "surrogatepass")


def _old_text(data: memoryview) -> str:
    """A str of Python 2."""
    return bytes(data).decode("latin-1")


def _quoted(text: str) -> str:
    from ast import literal_eval

    if text[:1] not in ("'", '"'):
        raise ValueError("a text has no quotes")
    value = literal_eval(text)
    if not isinstance(value, str):
        raise ValueError("a text is none")
    return value


def _mark(m: Unpickler) -> None:
    m.marks.append(m.stack)
    m.stack = []


def _pop(m: Unpickler) -> None:
    if m.stack:
        m.stack.pop()
    else:
        m.since_mark()


def _tuple(m: Unpickler, count: int) -> None:
    if len(m.stack) < count:
        raise IndexError("the stack is too short")
    items = tuple(m.stack[len(m.stack) - count :])
    del m.stack[len(m.stack) - count :]
    m.push(items)


def _dict(m: Unpickler) -> None:
    items = m.since_mark()
    m.push({})
    m.set_items(items)


def _set_item(m: Unpickler) -> None:
    value, key = m.stack.pop(), m.stack.pop()
    m.set_items([key, value])


def _append(m: Unpickler) -> None:
    item = m.stack.pop()
    m.append([item])


def _add_items(m: Unpickler) -> None:
    items = m.since_mark()
    if type(m.stack[-1]) is not set:
        raise TypeError("items are added to no set")
    m.stack[-1].update(map(key_of, items))


def _reduce(m: Unpickler) -> None:
    args, function = m.stack.pop(), m.stack.pop()
    m.call(function, args)


def _stack_global(m: Unpickler) -> None:
    name, module = m.stack.pop(), m.stack.pop()
    m.find(module, name)


def _persistent(m: Unpickler) -> None:
    m.push(m.persistent(m.stack.pop()))


_STEPS: dict[int, Callable[[Unpickler], Any]] = {
    # Marks and the stack.
    0x80: lambda m: m.take(1),  # PROTO
    0x95: lambda m: m.take(8),  # FRAME
    0x28: _mark,
    0x30: _pop,
    0x31: lambda m: m.since_mark(),  # POP_MARK
    0x32: lambda m: m.push(m.stack[-1]),  # DUP
    # Numbers and flags.
    0x4E: lambda m: m.push(None),
    0x88: lambda m: m.push(True),
    0x89: lambda m: m.push(False),
    0x49: lambda m: m.push(_int_line(m.line())),  # INT
    0x4A: lambda m: m.push(unpack_from("<i", m.take(4))[0]),  # BININT
    0x4B: lambda m: m.push(m.number(1)),
    0x4D: lambda m: m.push(m.number(2)),
    0x4C: lambda m: m.push(_int_line(m.line())),  # LONG
    0x8A: lambda m: m.push(_long(m.take(m.number(1)))),
    0x8B: lambda m: m.push(_long(m.take(m.number(4)))),
    0x46: lambda m: m.push(float(m.line())),  # FLOAT
    0x47: lambda m: m.push(unpack_from(">d", m.take(8))[0]),  # BINFLOAT
    # Texts and bytes.
    0x53: lambda m: m.push(_quoted(m.line())),  # STRING
    0x54: lambda m: m.push(_old_text(m.take(m.number(4)))),  # BINSTRING
    0x55: lambda m: m.push(_old_text(m.take(m.number(1)))),
    0x56: lambda m: m.push(m.line().encode("latin-1").decode("raw-unicode-escape")),  # UNICODE
    0x58: lambda m: m.push(_text(m.take(m.number(4)))),  # BINUNICODE
    0x8C: lambda m: m.push(_text(m.take(m.number(1)))),
    0x8D: lambda m: m.push(_text(m.take(m.number(8)))),
    0x42: lambda m: m.push(bytes(m.take(m.number(4)))),  # BINBYTES
    0x43: lambda m: m.push(bytes(m.take(m.number(1)))),
    0x8E: lambda m: m.push(bytes(m.take(m.number(8)))),
    0x96: lambda m: m.push(bytearray(m.take(m.number(8)))),
    # Containers.
    0x5D: lambda m: m.push([]),
    0x61: _append,
    0x65: lambda m: m.append(m.since_mark()),  # APPENDS
    0x6C: lambda m: m.push(m.since_mark()),  # LIST
    0x29: lambda m: m.push(()),
    0x74: lambda m: m.push(tuple(m.since_mark())),  # TUPLE
    0x85: lambda m: _tuple(m, 1),
    0x86: lambda m: _tuple(m, 2),
    0x87: lambda m: _tuple(m, 3),
    0x7D: lambda m: m.push({}),
    0x64: _dict,
    0x73: _set_item,
    0x75: lambda m: m.set_items(m.since_mark()),  # SETITEMS
    0x8F: lambda m: m.push(set()),
    0x90: _add_items,
    0x91: lambda m: m.push(frozenset(map(key_of, m.since_mark()))),  # FROZENSET
    # Names, calls and states.
    0x63: lambda m: m.find(m.line(), m.line()),  # GLOBAL
    0x93: _stack_global,
    0x52: _reduce,
    0x81: _reduce,  # NEWOBJ
    0x62: lambda m: m.build(),
    0x51: _persistent,  # BINPERSID
    # The memo.
    0x70: lambda m: m.remember(int(m.line())),  # PUT
    0x71: lambda m: m.remember(m.number(1)),
    0x72: lambda m: m.remember(m.number(4)),
    0x94: lambda m: m.remember(len(m.memo)),  # MEMOIZE
    0x67: lambda m: m.push(m.memo[int(m.line())]),  # GET
    0x68: lambda m: m.push(m.memo[m.number(1)]),
    0x6A: lambda m: m.push(m.memo[m.number(4)]),
}


def check_depth(value: Any) -> None:
    """Raise for data that are nested too deep, or contain themselves.

    Raises:
        FileError: see there.
    """
    heights: dict[int, int] = {}

    def height(node: Any, depth: int) -> int:
        if not isinstance(node, (list, tuple, dict)):
            return 0
        if depth > _DEEPEST:
            raise FileError(f"its data are nested more than {_DEEPEST} deep, or contain themselves")
        known = heights.get(id(node))
        if known is None:
            items = node.values() if isinstance(node, dict) else node
            known = 1 + max((height(item, depth + 1) for item in items), default=0)
            heights[id(node)] = known
        if depth + known > _DEEPEST:
            raise FileError(f"its data are nested more than {_DEEPEST} deep, or contain themselves")
        return known

    height(value, 0)
