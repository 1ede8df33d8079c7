"""Where states are kept: the address of a backend, read and checked before anything follows it."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from common.credential_values import is_repeatable, looks_like
from config.reading.document import read_document
from ops.errors import OpsError

VARIABLE = "PULUMI_BACKEND_URL"
PROJECT_FILE = "Pulumi.yaml"
IN_PROJECT = f"{PROJECT_FILE}: backend.url"
LOGIN = "pulumi login"

PARAMETERS = {
    "file": frozenset({"metadata", "create_dir", "no_tmp_dir"}),
    "s3": frozenset(
        (
            *("endpoint", "region", "profile", "awssdk", "disableSSL", "disable_https"),
            *("s3ForcePathStyle", "use_path_style", "ssetype", "kmskeyid"),
            *("request_checksum_calculation", "response_checksum_validation"),
        )
    ),
    "gs": frozenset({"access_id"}),
    "azblob": frozenset({"storage_account", "domain", "protocol", "localemu"}),
    "https": frozenset[str](),
    "http": frozenset[str](),
}
"""Scheme of a backend → parameters that its address may have; none of them is a secret."""

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
OF_CLOUD = frozenset({"https", "http"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TRUE = frozenset({"true", "1", "t"})
NO_TLS = ("disableSSL", "disable_https")
CLOUD = "https://api.pulumi.com"
CLOUD_TOKEN = "PULUMI_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
PLAIN = "http"
PATH_STYLE = ("s3ForcePathStyle", "use_path_style")
"""Parameters of which one has the bucket asked for in the path, not as a host of its own."""

EXAMPLE = "s3://BUCKET?endpoint=https://ACCOUNT.r2.cloudflarestorage.com&region=auto"


@dataclass(frozen=True)
class Address:
    """A place of states. Nothing in it is a secret, so that every message may repeat it."""

    url: str

    origin: str = ""
    """What has set it. Default: it was given to a command."""

    @property
    def scheme(self) -> str:
        """Return `file`, `s3`, `gs`, `azblob`, or `https` for Pulumi Cloud.

        It is `http` for a service that answers as Pulumi Cloud on this machine.
        """
        return urlsplit(self.url).scheme

    @property
    def is_cloud(self) -> bool:
        """Return whether it is Pulumi Cloud, or a service that answers as that does."""
        return self.scheme in OF_CLOUD

    @property
    def host(self) -> str:
        """Return the bucket, or the host of Pulumi Cloud."""
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        """Return the folder in the bucket, without a `/` at its ends; "" for all of it."""
        return urlsplit(self.url).path.strip("/")

    @property
    def folder(self) -> Path:
        """Return the folder of a `file://` address."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.netloc + parts.path)).expanduser()

    @property
    def place(self) -> tuple[str, ...]:
        """Return what two addresses of one place have in common, however they are written."""
        if self.scheme == "file":
            return (self.scheme, str(self.folder.resolve()))
        if self.is_cloud:  # a site has one place of states for whoever is logged in
            return (self.scheme, re.sub(r"^(app|api)\.", "", self.host.lower()))
        endpoint = self.parameter("endpoint").rpartition("://")[2]
        return (self.scheme, self.host, self.prefix, endpoint.rstrip("/").lower())

    @property
    def is_plain(self) -> bool:
        """Return whether a parameter has a bucket asked for without TLS."""
        return any(self.parameter(name).lower() in TRUE for name in NO_TLS)

    @property
    def is_local(self) -> bool:
        """Return whether it is a folder, or a service, of this machine."""
        endpoint = self.url if self.is_cloud else self.parameter("endpoint")
        return self.scheme == "file" or urlsplit(endpoint).hostname in LOOPBACK

    @property
    def by_path(self) -> bool:
        """Return whether a bucket stands in the path of what is asked for."""
        return self.parameter(*PATH_STYLE).lower() in TRUE

    def from_folder(self, root: Path) -> str:
        """Return the address as the engine takes it in *root*: there a relative folder begins."""
        parts = urlsplit(self.url)
        if self.scheme != "file" or self.folder.is_absolute():
            return self.url
        return (root / self.folder).resolve().as_uri() + (f"?{parts.query}" if parts.query else "")

    def parameter(self, *names: str) -> str:
        """Return the value of the first of *names* that the address has; "" for none."""
        given = dict(parse_qsl(urlsplit(self.url).query))
        return next((given[name] for name in names if name in given), "")


def parse(url: str, origin: str = "") -> Address:
    """Return the address *url*, which *origin* has set.

    Raises `OpsError` for what is no address of a backend, and for one that may hold a credential;
    then it is not repeated.
    """
    where = origin or "the address"
    parts = _split(where, url)
    if parts.scheme not in PARAMETERS or not (parts.netloc or parts.path.strip("/")):
        known = ", ".join(f"{each}://" for each in PARAMETERS if each != PLAIN)
        shown = repr(url) if is_repeatable(url) else "what is given (not shown)"
        raise OpsError(f"{where}: {shown} is no address of a backend; it begins with {known}")
    if "@" in url or parts.fragment or any(map(str.isspace, url)):
        raise OpsError(
            f"{where}: is no address of a backend without a credential in it (not shown); keys go "
            f"into the environment: export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    _check_parameters(where, parts.scheme, parts.query)
    if not all(map(is_repeatable, (parts.netloc, parts.path))):
        raise OpsError(f"{where}: looks like a credential (not shown); give an address without one")
    if parts.scheme == PLAIN and parts.hostname not in LOOPBACK:
        raise OpsError(f"{where}: {url!r} would send states in the clear; give https://")
    if parts.scheme == "s3":
        _check_bucket(where, Address(url))
    return Address(url, origin)


def current(root: Path, environ: Mapping[str, str] = os.environ) -> Address | None:
    """Return where the engine keeps the states of the project in *root*, as the engine finds it.

    `None`: nothing says it. Raises `OpsError` for what is no address.
    """
    for url, origin in (
        (environ.get(VARIABLE), VARIABLE),
        (in_project(root), IN_PROJECT),
        (_logged_in(environ), LOGIN),
        (CLOUD if environ.get(CLOUD_TOKEN) else None, CLOUD_TOKEN),
    ):
        if url:
            return parse(url, origin)
    return None


def required(root: Path) -> Address:
    """Return what `current` finds; raise `OpsError` where nothing says it."""
    found = current(root)
    if found is None:
        raise OpsError(
            f"nothing says where states are kept; export {VARIABLE}=URL, for example {EXAMPLE}, "
            f"or: python -m ops init STACK --backend URL"
        )
    return found


def in_project(root: Path) -> str | None:
    """Return the address that the project's file sets for all its stacks, if any."""
    project = read_document(root / PROJECT_FILE, PROJECT_FILE)
    url = (project.get("backend") or {}).get("url")
    return str(url) if url else None


def _check_parameters(where: str, scheme: str, query: str) -> None:
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in PARAMETERS[scheme]:
            allowed = ", ".join(sorted(PARAMETERS[scheme])) or "none"
            shown = repr(name) if is_repeatable(name) else "one (not shown)"
            raise OpsError(
                f"{where}: parameter {shown} is not known for {scheme}://; allowed: {allowed}"
            )
        if looks_like(value, name):
            raise OpsError(f"{where}: parameter {name} looks like a credential (not shown)")


def _split(where: str, url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise OpsError(f"{where}: is no address of a backend (not shown)") from None


def _check_bucket(where: str, address: Address) -> None:
    if not BUCKET.fullmatch(address.host):
        raise OpsError(
            f"{where}: {address.host!r} is no name of a bucket; it has 3 to 63 small letters, "
            f"digits, - and ."
        )
    endpoint = address.parameter("endpoint")
    parts = _split(where, endpoint if "://" in endpoint else f"https://{endpoint}")
    if parts.query or parts.fragment or not is_repeatable(parts.netloc):
        raise OpsError(f"{where}: the endpoint is no plain https:// address (not shown)")
    if (parts.scheme != "https" or address.is_plain) and parts.hostname not in LOOPBACK:
        raise OpsError(
            f"{where}: the endpoint {endpoint!r} would send states in the clear; give https://, "
            f"without {' or '.join(NO_TLS)}"
        )
    if parts.hostname in LOOPBACK and not address.by_path:
        raise OpsError(
            f"{where}: the engine would ask for the host {address.host}.{parts.hostname}, which "
            f"there is not; add &{PATH_STYLE[0]}=true"
        )


def _logged_in(environ: Mapping[str, str]) -> str | None:
    """Return where `pulumi login` leads, as the engine notes it in its own folder."""
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        url = json.loads((home / "credentials.json").read_text(encoding="utf-8")).get("current")
    except (OSError, ValueError, AttributeError):
        return None
    return str(url) if url else None
