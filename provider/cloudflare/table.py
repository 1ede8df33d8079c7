"""The form of the table: what one resource type is to API v4.

An entry says where the resource lives, by which verbs it comes and goes, what its id is, which
changes need a new one, and where its names on the wire differ. The types of its properties are not
in the table: the SDK says them (`provider.sdk`).
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from common.json_types import Json
from provider import sdk
from provider.cloudflare.wire import Names
from provider.errors import PluginError
from provider.property_types import Description

if TYPE_CHECKING:
    from provider.cloudflare.client import Client

PREFIX = "cloudflare:index/"
_PLACE = re.compile(r"{(\w+)(?:=(\w+))?}")
_SAFE_IN_PATH = ":@!$&'()*+,;=~"


Part = tuple[str, tuple[str | None, bytes, str | None]]
"""A part of a form: name, (file name, content, content type)."""


def _none() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Request:
    """What to ask below the base URL. *body* is JSON, *parts* a form; one of them at most."""

    method: str
    path: str
    body: Any = None
    parts: list[Part] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=_none)
    query: Mapping[str, str] = field(default_factory=_none)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: `PUT /accounts/{accountId}/…`, where `{x}` is a property or the id."""

    method: str
    path: str

    headers: Mapping[str, str] = field(default_factory=_none)
    """Header name → property that gives its value. Default: none."""

    body: bool = True
    """Whether the inputs go along as JSON. Default: they do."""

    def url(self, values: Mapping[str, Any]) -> str:
        """Fill the path in; `PluginError` when the state lacks a part of it."""
        return _PLACE.sub(lambda place: _segment(place[1], values), self.path)


def call(line: str, **options: Any) -> Call:
    """Read `"PUT /path"`."""
    method, path = line.split(" ", 1)
    return Call(method=method, path=path, **options)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource type. Properties are named as on the provider protocol (`accountId`)."""

    name: str
    """Class of the SDK, `R2Bucket`."""

    create: Call
    read: Call

    update: Call | None = None
    """Default: every change replaces."""

    delete: Call | None = None
    """Default: leaving the program changes nothing in the account; a warning says so."""

    stays: bool = False
    """Whether it is one of many that stay in the account, so that leaving needs no warning."""

    before_delete: Mapping[str, Any] = field(default_factory=_none)
    """What an update has to send before the delete: DNSSEC is disabled first. Default: nothing."""

    id: str
    """Pulumi's id, from the properties: `{accountId}`."""

    gone: frozenset[int]
    """Error codes by which the API says, with HTTP 404, that there is none: of the type itself,
    and of what it is a part of. Any other 404 is an error."""

    identity: Mapping[str, str] = field(default_factory=_none)
    """Field of an answer → property that it must be equal to. Default: it names nothing."""

    imports: str | None = None
    """The id `pulumi import` takes: `{accountId}/{id}`. Default: it cannot be imported."""

    replace: frozenset[str] = frozenset()
    """Inputs whose change needs a new resource."""

    replace_if_set: frozenset[str] = frozenset()
    """As `replace`, but leaving the input out of the program keeps what is there."""

    delete_before_replace: bool = False
    """Whether the old one must go first, for both would claim one name."""

    defaults: Mapping[str, Any] = field(default_factory=_none)
    """Inputs the official plugin sends when the program leaves them out."""

    nested_defaults: tuple[tuple[str, Any], ...] = ()
    """The same below objects that are there, in each of a list too:
    `("observability.logs.persist", True)`."""

    unsent: frozenset[str] = frozenset()
    """Inputs that are no part of the body. Those in the path of `create` never are."""

    body_is: str | None = None
    """The input that is the whole body. Default: the body is an object of all inputs."""

    request: Names = field(default_factory=Names)
    """How the body names its fields. Default: snake_case."""

    answer: Names = field(default_factory=Names)
    """How the answer names them. Default: snake_case."""

    unread: frozenset[str] = frozenset()
    """Inputs the answer does not speak of: a refresh leaves them alone."""

    absent_is_none: frozenset[str] = frozenset()
    """Inputs the answer leaves out when the account has none. Default: what is left out is as
    it was asked for."""

    sets: frozenset[str] = frozenset()
    """Inputs that are lists whose order means nothing."""

    reconcile: Mapping[str, Callable[[Any, Any], Any]] = field(default_factory=_none)
    """Input → what a refresh makes of (input, value in the account), in place of the general."""

    fixed: frozenset[str] = frozenset()
    """Computed outputs that no update changes, known in a preview."""

    passing: frozenset[str] = frozenset()
    """Computed outputs that change by themselves, as a health does: a refresh keeps them as they
    were made, so that it shows changes of the account only."""

    deletes_without_answer: bool = False
    """Whether a delete answers 204 and no body; then it is looked at whether it is gone."""

    delete_flags: frozenset[str] = frozenset()
    """Inputs that go along with a delete, as `?force=true`."""

    secret: Callable[[Json], Json] = field(default=lambda inputs: inputs)
    """Seals the inputs that are secret by their place."""

    check: Callable[[Json], list[tuple[str, str]]] = field(default=lambda _: [])
    """Rules across properties: opened inputs → (property, reason)."""

    send: "Sender | None" = None
    """In place of one JSON request, for create and update: (…, properties, body) → answer."""

    fetch: "Fetcher | None" = None
    """In place of one JSON request, for read: properties → answer, `None` for gone."""

    @property
    def token(self) -> str:
        """The type as Pulumi writes it: `cloudflare:index/r2Bucket:R2Bucket`."""
        return f"{PREFIX}{self.name[0].lower()}{self.name[1:]}:{self.name}"

    @property
    def types(self) -> Description:
        """The properties and their types."""
        return sdk.resource(self.token)

    @property
    def in_path(self) -> frozenset[str]:
        """Inputs that say where the resource is."""
        return frozenset(place for place, _ in _PLACE.findall(self.create.path))

    def owner(self, values: Mapping[str, Any]) -> str:
        """Return the path of the account or zone that the resource belongs to."""
        return "/".join(self.read.url(values).split("/")[:3])

    def make_id(self, properties: Mapping[str, Any]) -> str:
        """Return Pulumi's id of a resource with these properties."""
        return _PLACE.sub(lambda place: _told(place[1], properties), self.id)

    def import_form(self) -> str:
        """Return the import id as a form: `<accountId>/<id>`."""
        return _PLACE.sub(r"<\1>", self.imports or "")

    def parse_import(self, given: str) -> Json:
        """Read an import id into properties; `PluginError` says the form it must have."""
        if self.imports is None:
            raise PluginError(f"{self.name} cannot be imported; declare it and run up instead")
        places = _PLACE.findall(self.imports)
        prefix = self.imports.partition("{")[0]
        parts = given.removeprefix(prefix).split("/", len(places) - 1)
        parts += [default for _, default in places[len(parts) :] if default]
        if len(parts) != len(places) or not all(parts):
            raise PluginError(f"'{given}' is not an id of {self.name}; give {self.import_form()}")
        return {name: part for (name, _), part in zip(places, parts, strict=True)}


Sender = Callable[["Client", Resource, Call, Json, Json], Awaitable[Any]]
Fetcher = Callable[["Client", Resource, Json], Awaitable[Json | None]]


def _segment(name: str, values: Mapping[str, Any]) -> str:
    if values.get(name) in (None, ""):
        raise PluginError(f"the state of the resource lacks '{name}'; run pulumi refresh")
    return quote(str(values[name]), safe=_SAFE_IN_PATH)


def _told(name: str, properties: Mapping[str, Any]) -> str:
    if properties.get(name) in (None, ""):
        raise PluginError(f"the answer of the API lacks '{name}'; is it a local Cloudflare?")
    return str(properties[name])
