"""Clouds with something behind Access, and the ways in."""

import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from local.records.model import Access, Cloud
from tests.support_runtime import HOST, Answer, RunningRuntime

TEAM = "local.cloudflareaccess.com"
ZONE = "example.com"
AUD, OTHER_AUD = "a" * 64, "b" * 64
SECRET = secrets.token_hex(32)
FORMER = secrets.token_hex(32)
BROWSER = {"Accept": "text/html,*/*"}
ADA = {"email": {"email": "ada@chitty.cc"}}
ECHO = """export default { fetch(request) {
  return Response.json({ url: request.url, headers: Object.fromEntries(request.headers) });
} }"""


def service(named: str = "t1", **changes: Any) -> dict[str, Any]:
    """Make a service token whose secret is `SECRET`."""
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    return {
        "id": named,
        "client_id": f"{named}.access",
        "secrets": [{"sha256": digest, "until": None}],
        "until": time.time() + 3600,
        "enabled": True,
    } | changes


def policy(decision: str, *include: Any, seconds: float = 3600, **sides: Any) -> dict[str, Any]:
    """Make a policy; `require` and `exclude` are lists of selectors."""
    named = {"id": secrets.token_hex(4), "decision": decision, "session_seconds": seconds}
    return {"exclude": [], "require": [], **named, "include": list(include), **sides}


def application(*policies: Any, aud: str = AUD, **changes: Any) -> dict[str, Any]:
    """Make an application before `HOST`."""
    return {
        "id": aud[:8],
        "aud": aud,
        "name": "App",
        "places": [HOST],
        "workers": [],
        "previews": [],
        "policies": list(policies),
        "session_seconds": 3600,
        "revoked_at": 0,
        "token_header": None,
        "unauthorized": False,
        "preflights_pass": False,
        "cookie": {"http_only": True, "same_site": "none", "own_path": False},
        "denied": "",
    } | changes


def behind(cloud: Cloud, *applications: Any, tokens: Any = ()) -> Cloud:
    """Return *cloud* with Access before it."""
    guarded = Access(TEAM, tuple(applications), tuple(tokens))
    return Cloud(**{**vars(cloud), "access": guarded, "zone_names": (ZONE,)})


def machine(named: str = "t1", secret: str = SECRET) -> dict[str, str]:
    """Return the headers that a machine sends."""
    return {"CF-Access-Client-Id": f"{named}.access", "CF-Access-Client-Secret": secret}


def cookie(jwt: str) -> dict[str, str]:
    return {"Cookie": f"theme=dark; CF_Authorization={jwt}"}


@dataclass
class Login:
    """A person who logs in as a browser would."""

    edge: RunningRuntime
    host: str = HOST
    path: str = "/start?x=1"
    known: int = 0
    """Codes that the log had before the last mail."""

    def sent_to(self) -> str:
        """Ask for the page and return the path of the login."""
        answer = self.edge.get(self.path, host=self.host, headers=BROWSER)
        assert answer.status == 302, answer.text
        location = answer.headers["location"]
        assert location.startswith(f"https://{TEAM}/cdn-cgi/access/login/{self.host}?")
        return location.removeprefix(f"https://{TEAM}")

    def mail(self, email: str, at: str) -> str:
        """Give a mail address; return the id of the login that was begun."""
        self.known = len(self._codes(email.lower()))
        answer = self.post(at, email=email)
        assert answer.status == 200
        found = re.search(r'name="login" value="([^"]+)"', answer.text)
        assert found is not None
        return found[1]

    def code(self, email: str) -> str:
        """Read the code of the last mail in the log, which has it a moment later."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if len(codes := self._codes(email)) > self.known:
                return codes[-1]
            time.sleep(0.05)
        raise AssertionError("no code in the log")

    def _codes(self, email: str) -> list[str]:
        told = [entry["message"] for entry in self.edge.runtime.logs(worker="access")]
        form = re.compile(rf"code of {re.escape(email)} for .*: (\d{{6}})")
        return [found[1] for each in told if (found := form.match(each))]

    def post(self, at: str, **form: str) -> Answer:
        body = "&".join(f"{name}={quote(value)}" for name, value in form.items())
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.edge.request("POST", at, host=TEAM, body=body, headers=kind)

    def enter(self, email: str = "ada@chitty.cc") -> Answer:
        """Log in; return the answer of the application's own host, which sets the cookie."""
        at = self.sent_to()
        login = self.mail(email, at)
        answer = self.post(at, login=login, code=self.code(email))
        assert answer.status == 302, answer.text
        there = answer.headers["location"].removeprefix(f"https://{self.host}")
        return self.edge.get(there, host=self.host, headers=BROWSER)

    def jwt(self, email: str = "ada@chitty.cc") -> str:
        found = re.match(r"CF_Authorization=([^;]+)", self.enter(email).headers["set-cookie"])
        assert found is not None
        return found[1]


def certificates(edge: RunningRuntime) -> Any:
    return json.loads(edge.get("/cdn-cgi/access/certs", host=TEAM).content)
