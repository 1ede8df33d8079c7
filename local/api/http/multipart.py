"""Form bodies as bytes: values of Workers KV and modules of Workers are no text."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from local.api.errors import invalid_request


@dataclass
class Part:
    """One part of a form, its body as sent."""

    name: str = ""
    filename: str | None = None
    content_type: str = "text/plain"
    body: bytes = b""


@dataclass
class _Reader:
    """Collects what the parser calls out."""

    parts: list[Part] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    header: bytes = b""
    value: bytes = b""

    def on_part_begin(self) -> None:
        self.parts.append(Part())
        self.chunks = []

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self.header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def on_header_end(self) -> None:
        part = self.parts[-1]
        if self.header.lower() == b"content-disposition":
            _, options = parse_options_header(self.value)
            part.name = options.get(b"name", b"").decode()
            filename = options.get(b"filename")
            part.filename = None if filename is None else filename.decode()
        elif self.header.lower() == b"content-type":
            part.content_type = self.value.decode("latin-1").partition(";")[0].strip()
        self.header = self.value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.chunks.append(data[start:end])

    def on_part_end(self) -> None:
        self.parts[-1].body = b"".join(self.chunks)

    def callbacks(self) -> Iterable[str]:
        return (name for name in dir(self) if name.startswith("on_"))


def is_form(content_type: str) -> bool:
    return content_type.lower().startswith("multipart/form-data")


def read_form(body: bytes, content_type: str) -> list[Part]:
    """Take a `multipart/form-data` body apart; refused when it is cut or malformed."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise invalid_request("Content-Type multipart/form-data needs a boundary")
    reader = _Reader()
    parser = MultipartParser(
        boundary,
        {name: getattr(reader, name) for name in reader.callbacks()},  # type: ignore[arg-type]
    )
    try:
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeDecodeError) as error:
        raise invalid_request(f"the form cannot be read: {error}") from error
    return reader.parts


def write_form(parts: Iterable[Part]) -> tuple[bytes, str]:
    """Make a form body of *parts*; its content type comes with it."""
    boundary = uuid4().hex
    lines = []
    for part in parts:
        disposition = f'form-data; name="{_quoted(part.name)}"'
        if part.filename is not None:
            disposition += f'; filename="{_quoted(part.filename)}"'
        head = f"Content-Disposition: {disposition}\r\nContent-Type: {part.content_type}"
        lines.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + part.body + b"\r\n")
    return b"".join([*lines, f"--{boundary}--\r\n".encode()]), (
        f"multipart/form-data; boundary={boundary}"
    )


def _quoted(name: str) -> str:
    return quote(name, safe=" /!#$&'()+,;=@[]{}~")
