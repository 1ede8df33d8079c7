"""The code of a worker: read, checked against its hash, made parts of an upload, read back."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

from common.json_types import Json
from provider.cloudflare.table import Part
from provider.errors import PluginError
from provider.validation import Failure
from provider.values import UNKNOWN, has_unknown

MODULE = "application/javascript+module"
CLASSIC = "application/javascript"


def sha256(code: bytes) -> str:
    """Return the hash as the SDK wants it in `content_sha256`."""
    return hashlib.sha256(code).hexdigest()


def check_code(inputs: Json) -> list[Failure]:
    """Return what is wrong with the code of a script: where it comes from, and its hash."""
    if inputs.get("assets"):
        return [("assets", "static assets are not supported by the stand-in plugin")]
    sources = [name for name in ("content", "contentFile") if inputs.get(name) is not None]
    if len(sources) != 1:
        reason = "give the code once: content, or content_file with content_sha256"
        return [(sources[0] if sources else "content", reason)]
    failures = check_source("", inputs, "content")
    for name, part in (inputs.get("files") or {}).items():
        if isinstance(part, dict):
            failures += check_source(f'files["{name}"].', part, "contentBase64")
    return failures


def parts(inputs: Json) -> list[Part]:
    """Make the parts of an upload: the main module first, then the further files by name."""
    main = inputs.get("mainModule") or "script"
    kind = inputs.get("contentType") or (MODULE if inputs.get("mainModule") else CLASSIC)
    code = read_source(inputs, "content")
    files = sorted((inputs.get("files") or {}).items())
    return [
        (main, (main, code, kind)),
        *(
            (name, (name, read_source(it, "contentBase64"), it["contentType"]))
            for name, it in files
        ),
    ]


def main_part(headers: Mapping[str, str], body: bytes) -> bytes:
    """Take the main module out of a download, which is a form or the bare code."""
    kind = headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return body
    form = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + body)
    named = {
        part.get_param("name", header="content-disposition"): part for part in form.iter_parts()
    }
    if not named:
        raise PluginError("the API answered a script without code")
    entry = headers.get("cf-entrypoint")
    part = named.get(entry) or next(iter(named.values()))
    return bytes(part.get_payload(decode=True))


def check_source(path: str, source: Json, inline: str) -> list[Failure]:
    """Return what is wrong with the hash of *source*, whose code is in a file or in *inline*."""
    given = source.get("contentSha256")
    if source.get("contentFile") is None and given is None:
        return []
    if given is None:
        return [(f"{path}contentSha256", "content_file needs the SHA-256 of the file")]
    if any(has_unknown(source.get(name)) for name in (inline, "contentFile", "contentSha256")):
        return []
    try:
        actual = sha256(read_source(source, inline))
    except PluginError as error:
        return [(f"{path}contentFile", str(error))]
    if actual == given:
        return []
    where = source.get("contentFile") or inline
    return [(f"{path}contentSha256", f"{where} has the SHA-256 {actual}, not {given}")]


def read_source(source: Json, inline: str) -> bytes:
    """Return the code of *source*: of its file, else of *inline*."""
    file = source.get("contentFile")
    if file in (None, UNKNOWN):
        return _decode(source.get(inline) or "", inline)
    try:
        return Path(file).expanduser().read_bytes()
    except OSError as error:
        raise PluginError(
            f"cannot read {file}: {error.strerror}; build the worker before it is deployed"
        ) from error


def _decode(text: str, inline: str) -> bytes:
    if inline == "content":
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise PluginError(f"{inline} is not base64") from error
