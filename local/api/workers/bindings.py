"""Bindings of a script: checked against the account, inherited, and shown without secrets."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from common.json_types import Json
from local.api.errors import not_emulated
from local.api.workers import class_errors, errors
from local.api.workers.migrations import Ledger
from local.records.records import Kind, Records

REQUIRED = {
    "plain_text": "text",
    "secret_text": "text",
    "json": "json",
    "kv_namespace": "namespace_id",
    "r2_bucket": "bucket_name",
    "d1": "id",
    "queue": "queue_name",
    "service": "service",
    "analytics_engine": "dataset",
    "durable_object_namespace": "class_name",
    "version_metadata": "type",
}
"""The types that are emulated, each with the field it cannot do without."""

HIDDEN = {"secret_text": "text"}

TEXTS = (
    "type",
    "database_id",
    "entrypoint",
    "environment",
    "jurisdiction",
    "old_name",
    "script_name",
    "version_id",
)
"""Fields of bindings that are texts, beside those in `REQUIRED`."""

LARGEST_TEXT = 5_120
"""Bytes of one variable or secret: 5 KB of the value alone, its name not counted."""


@dataclass(frozen=True)
class Inheritance:
    """What a new version may take from the *previous* one.

    *keep*: types of bindings that stay when they are not declared anew. *strict*: whether what
    cannot be inherited is refused, else it is left out. *patch*: whether the declared change the
    previous ones: one of type and name alone keeps its value, and none becomes another kind.
    """

    previous: Sequence[Json] = ()
    keep: Collection[str] = ()
    strict: bool = False
    patch: bool = False


def settle(
    records: Records, script: str, declared: Iterable[Json], inheritance: Inheritance
) -> list[Json]:
    """Settle the bindings that a new version of *script* has.

    Those of type `inherit` are taken from the previous version. Targets have to exist.
    """
    previous = inheritance.previous
    settled: list[Json] = []
    for binding in map(_readable, declared):
        if binding.get("type") == "inherit":
            settled.extend(_inherited(binding, previous, strict=inheritance.strict))
        elif inheritance.patch and (same := _valueless(binding, previous)):
            settled.append(same)
        else:
            settled.append(_checked(records, script, _normal(binding)))
    _must_be_distinct(settled)
    stay = [b for b in previous if inheritance.patch or b["type"] in inheritance.keep]
    _must_stay_of_a_kind(settled, stay)
    taken = {binding["name"] for binding in settled}
    return settled + [b for b in stay if b["type"] in inheritance.keep and b["name"] not in taken]


def attach(records: Records, ledger: Ledger, bindings: Iterable[Json]) -> list[Json]:
    """Tie each Durable Object binding to the namespace of its class."""
    return [
        b | {"namespace_id": _namespace(records, ledger, b)["id"]}
        if b["type"] == "durable_object_namespace"
        else b
        for b in bindings
    ]


def shown(binding: Json) -> Json:
    """Show a binding as the API answers it: without the value of a secret."""
    hidden = HIDDEN.get(binding["type"])
    answer = {key: value for key, value in binding.items() if key != hidden}
    if binding["type"] == "d1":
        answer["database_id"] = binding["id"]
    return answer


def _readable(binding: Json) -> Json:
    """Give *binding* back when it has a name, and text where a text belongs."""
    name = binding.get("name")
    if not isinstance(name, str) or not name:
        raise errors.binding_unnamed()
    for field in TEXTS:
        if not isinstance(binding.get(field), str | None):
            raise errors.malformed_body(f"bindings: `{field}` of binding {name} is no string")
    return binding


def _normal(binding: Json) -> Json:
    name, kind = binding["name"], binding.get("type")
    if kind == "d1":
        binding = {**binding, "id": binding.get("id") or binding.get("database_id")}
        binding.pop("database_id", None)
    if kind not in REQUIRED:
        raise not_emulated(f"binding {name} of type {kind}")
    required = REQUIRED[kind]
    if binding.get(required) is None or (kind != "json" and type(binding[required]) is not str):
        raise errors.binding_needs(name, kind, required)
    _check_size(name, binding.get("text"))
    return {key: value for key, value in binding.items() if value is not None}


def _check_size(name: str, text: Any) -> None:
    size = len(text.encode(errors="surrogatepass")) if isinstance(text, str) else 0
    if size > LARGEST_TEXT:
        raise errors.text_too_large(name, size, LARGEST_TEXT)


def _checked(records: Records, script: str, binding: Json) -> Json:
    check = TARGETS.get(binding["type"])
    if check:
        check(records, script, binding)
    return binding


def _kv_namespace(records: Records, _script: str, binding: Json) -> None:
    if records.get(Kind.KV_NAMESPACE, binding["namespace_id"]) is None:
        raise errors.kv_namespace_missing(binding["namespace_id"])


def _bucket(records: Records, _script: str, binding: Json) -> None:
    if records.get(Kind.BUCKET, binding["bucket_name"]) is None:
        raise errors.bucket_missing(binding["bucket_name"])


def _database(records: Records, _script: str, binding: Json) -> None:
    if records.get(Kind.DATABASE, binding["id"]) is None:
        raise errors.database_missing(binding["name"], binding["id"])


def _queue(records: Records, _script: str, binding: Json) -> None:
    if binding["queue_name"] not in {q["queue_name"] for q in records.all(Kind.QUEUE)}:
        raise errors.queue_missing(binding["queue_name"])


def _service(records: Records, script: str, binding: Json) -> None:
    if binding["service"] != script and records.get(Kind.SCRIPT, binding["service"]) is None:
        raise errors.service_missing(binding["name"], binding["service"])


TARGETS: dict[str, Callable[[Records, str, Json], None]] = {
    "kv_namespace": _kv_namespace,
    "r2_bucket": _bucket,
    "d1": _database,
    "queue": _queue,
    "service": _service,
}


def _namespace(records: Records, ledger: Ledger, binding: Json) -> Json:
    owner = binding.get("script_name", ledger.script)
    namespace = ledger.find(binding["class_name"], owner)
    if namespace is None and owner == ledger.script:
        namespace = ledger.expected.get(binding["class_name"])
    if namespace is not None:
        return namespace
    if owner == ledger.script and ledger.declares:
        raise class_errors.binding_needs_export(binding["name"], binding["class_name"])
    if any(n["class"] == binding["class_name"] for n in ledger.removed):
        raise class_errors.class_still_bound(binding["class_name"])
    if owner != ledger.script and records.get(Kind.SCRIPT, owner) is None:
        raise class_errors.class_script_missing(owner)
    raise class_errors.class_not_configured(binding["class_name"])


def _inherited(binding: Json, previous: Sequence[Json], *, strict: bool) -> Iterable[Json]:
    name = binding["name"]
    version = binding.get("version_id", "latest")
    if version != "latest":
        raise errors.cannot_inherit(
            name,
            f"'version_id' value '{version}' is invalid, only the literal 'latest' is supported "
            "by this API",
        )
    source = binding.get("old_name") or name
    found = [b | {"name": name} for b in previous if b["name"] == source]
    if not found and strict:
        raise errors.cannot_inherit(name, f"the previous version has no binding '{source}'")
    return found


def _valueless(binding: Json, previous: Iterable[Json]) -> Json | None:
    """Find what *binding* stands for when it says its type and name alone, as wrangler does."""
    if binding.keys() != {"type", "name"}:
        return None
    return next((b for b in previous if binding.items() <= b.items()), None)


def _must_be_distinct(bindings: Iterable[Json]) -> None:
    seen: set[str] = set()
    for binding in bindings:
        if binding["name"] in seen:
            raise errors.binding_name_taken(binding["name"])
        seen.add(binding["name"])


def _must_stay_of_a_kind(bindings: Iterable[Json], stay: Iterable[Json]) -> None:
    """Refuse to put one kind of thing in the place of another that would stay."""
    kinds = {binding["name"]: binding["type"] for binding in stay}
    for binding in bindings:
        if kinds.get(binding["name"], binding["type"]) != binding["type"]:
            raise errors.binding_name_taken(binding["name"])
