"""The compatibility flags of a workerd, read out of the Cap'n Proto schema in its binary."""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NODE = b"workerd/io/compatibility-date.capnp:CompatibilityFlags\0"
ROOT_BEFORE = 104
"""Bytes from the root pointer of the node to its name, which is the first thing it points to."""

ENABLE = 0xB6DABBC87CD1B03E
DISABLE = 0xD145CF1ADC42577C
SINCE = 0x91A5D5D7244CF6D0
EXPERIMENTAL = 0xE3E5A63E76284D88
IMPLIED = 0xE3E5A63E76284D89
FIELD = 0
"""In the place of the id of an annotation: the name of the field, which `IMPLIED` speaks of."""

TEXT, STRUCT = 12, 16
"""Which member of the union `Value` a text is, and which a struct."""

OF_BYTES = 2
"""Kind of the elements of a text, which is a list of bytes."""

Flag = dict[int, Any]
"""What is said of a flag by the id of its annotation: texts, and for `IMPLIED` flags and a day."""


def read_flags(binary: Path) -> list[Flag]:
    """List the flags that the workerd *binary* knows, without those that are gone."""
    with binary.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        schema = _Schema(memory)
        found = [schema.flag(pointers) for _, pointers in schema.fields()]
    return [flag for flag in found if ENABLE in flag]


class _Schema:
    """The encoded node: words, pointers and lists as Cap'n Proto lays them out."""

    def __init__(self, memory: mmap.mmap) -> None:
        self.memory = memory
        self.root = memory.find(NODE) - ROOT_BEFORE

    def fields(self) -> Iterator[tuple[int, int]]:
        """Give data and pointers of each field: the fourth list that the node points to."""
        target, size = self._pointer(self.root)
        yield from self._structs(target + 8 * (size & 0xFFFF) + 8 * 3)

    def flag(self, pointers: int) -> Flag:
        """Read what is said of a field, and its name, which is the first that it points to."""
        return {FIELD: self._text(pointers), **self.annotations(pointers)}

    def annotations(self, pointers: int) -> Flag:
        """Read the annotations of a field: the second list that it points to."""
        return {
            self._number("<Q", data): self._value(inner)
            for data, inner in self._structs(pointers + 8)
        }

    def _value(self, at: int) -> Any:
        target, size = self._pointer(at)
        kind, inner = self._number("<H", target), target + 8 * (size & 0xFFFF)
        if kind == STRUCT:
            return self._implied(inner)
        return self._text(inner) if kind == TEXT else ""

    def _implied(self, at: int) -> tuple[tuple[str, ...], str]:
        """Read flags, any of which implies one: a name or a list of them, and the first day."""
        target, size = self._pointer(at)
        names = target + 8 * (size & 0xFFFF)
        listed, shape = self._pointer(names)
        if shape & 7 == OF_BYTES:
            return (self._text(names),), self._text(names + 8)
        each = (self._text(listed + 8 * index) for index in range(shape >> 3))
        return tuple(each), self._text(names + 8)

    def _text(self, at: int) -> str:
        text, length = self._pointer(at)
        return self.memory[text : text + (length >> 3) - 1].decode()

    def _structs(self, at: int) -> Iterator[tuple[int, int]]:
        if self._number("<Q", at) == 0:
            return
        target, _ = self._pointer(at)
        tag = self._number("<Q", target)
        data, pointers = (tag >> 32) & 0xFFFF, tag >> 48
        for index in range((tag & 0xFFFFFFFF) >> 2):
            begins = target + 8 + 8 * index * (data + pointers)
            yield begins, begins + 8 * data

    def _pointer(self, at: int) -> tuple[int, int]:
        """Follow a pointer; answer where it leads, and its upper half: sizes or a length."""
        offset = self._number("<i", at) >> 2
        return at + 8 + 8 * offset, self._number("<I", at + 4)

    def _number(self, kind: str, at: int) -> int:
        number: int = struct.unpack_from(kind, self.memory, at)[0]
        return number
