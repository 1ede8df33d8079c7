"""Containers and services in one shape: what a rule reads of either stands in the same place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from common.credential_values import looks_like
from common.credentials import is_credential_name
from policies.pack.resource import Resource
from policies.pack.type_tokens import CONTAINER, SERVICE
from policies.pack.value import Value

WORKLOADS = (CONTAINER, SERVICE)
CREDENTIAL_FLAG = re.compile(
    r"(?i)^--?(?:[a-z]+-)*(?:token|credentials-contents|password|passwd|requirepass|api-?key"
    r"|secret(?:-?key)?|access-?key|private-?key|auth-?token)(?:=(?![$<{]|$)|$)"
)
"""An option that takes a credential: alone, or with what is not filled in from elsewhere."""

CREDENTIAL_IN_SHELL = re.compile(
    r"""(?xi)
      (?:^|\s)(?:-u|--user)[\s=]+[^\s:$]+:[^\s$]{3,}            # curl -u user:password
    | \bsshpass\s+-p\s*[^\s$]{3,}
    | (?:^|\s)--(?:password|token|secret|requirepass|api-?key|pass)[\s=]+["']?[^\s$"'<{-][^\s"']{3,}
    | \b(?:mysql|mysqladmin|mysqldump|mariadb)\b.*\s-p[^\s$]{3,}
    | \bredis-cli\b.*\s-a\s+[^\s$]{3,}
    """
)


@dataclass(frozen=True)
class Assignment:
    """A variable of the environment: where it stands, its name and its value."""

    place: Value
    name: str
    value: str


@dataclass(frozen=True)
class Workload:
    """A container, or the containers of a service."""

    resource: Resource

    @property
    def spec(self) -> Value:
        """Where the properties stand that both have."""
        if self.resource.type == SERVICE:
            return self.resource["taskSpec"]["containerSpec"]
        return self.resource.props

    @property
    def is_service(self) -> bool:
        return self.resource.type == SERVICE

    @property
    def never_runs(self) -> bool:
        """Whether it only carries files into a volume: what does not run breaks and starves no one.

        Its root has to be writable, else the engine takes no file.
        """
        return not self.is_service and not any(
            self.resource[key].is_not_false for key in ("start", "mustRun")
        )

    @property
    def capabilities(self) -> tuple[Value, Value]:
        """Return what is dropped and what is added."""
        if self.is_service:
            return self.spec["capDrops"], self.spec["capAdds"]
        return self.spec["capabilities"]["drops"], self.spec["capabilities"]["adds"]

    @property
    def networks(self) -> list[Value]:
        """Return the names, or ids, of the networks that are joined."""
        if self.is_service:
            return [each["id"] for each in self.resource["taskSpec"]["networksAdvanceds"].items()]
        return [each["name"] for each in self.resource["networksAdvanced"].items()]

    @property
    def log_driver(self) -> tuple[Value, Value]:
        """Return the name of the log driver and its options."""
        if self.is_service:
            driver = self.resource["taskSpec"]["logDriver"]
            return driver["name"], driver["options"]
        return self.resource["logDriver"], self.resource["logOpts"]

    def environment(self) -> Iterator[Assignment]:
        """Yield each variable that has a value."""
        if self.is_service:
            for name, place in self.spec["env"].entries().items():
                yield Assignment(place, name, place.text() or "")
            return
        for env in self.spec["envs"].items():
            name, _, value = (env.text() or "").partition("=")
            yield Assignment(env, name, value)

    def words(self) -> Iterator[Value]:
        """Yield the words of command and entry point."""
        for key in ("command", "commands", "args", "entrypoints"):
            yield from self.spec[key].items() if self._has(key) else ()

    def labels(self) -> Iterator[tuple[Value, Value]]:
        """Yield each label with its value."""
        places = [self.spec["labels"]]
        if self.is_service:
            places.append(self.resource["labels"])
        for place in places:
            yield from ((each["label"], each["value"]) for each in place.items())

    def _has(self, key: str) -> bool:
        return (key in ("commands", "args")) is self.is_service


def credential_in(words: list[Value]) -> Iterator[tuple[Value, str]]:
    """Yield each word of a command that hands a credential over, with what it is.

    A shell's line is one word; an option and what follows it are two.
    """
    for word in words:
        text = word.text() or ""
        if CREDENTIAL_FLAG.match(text):
            yield word, "hands a credential over as an argument"
        elif CREDENTIAL_IN_SHELL.search(text):
            yield word, "hands a credential over in a line of the shell"
        elif found := looks_like(text):
            yield word, f"is {found}"


def is_secret_assignment(name: str, value: str) -> bool:
    """Return whether a value is given to a credential, not to the name of a file that holds it."""
    return bool(value) and is_credential_name(name)
