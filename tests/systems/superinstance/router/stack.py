"""The router of SuperInstance as it runs for the tests, with billing and the model providers."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx
import openai
import stripe

from components.bundle import ROOT, bundle
from harness.local_cloudflare import LocalCloudflare
from harness.look_alikes import ModelProviders
from tests.systems.superinstance.conftest import BACKUP_KEY, BillingStack
from tests.systems.superinstance.conftest import HOST as BILLING_HOST
from tests.systems.superinstance.conftest import SCRIPT as BILLING

SCRIPT = "superinstance-router-test"
HOST = "superinstance-test.chitty.cc"
ENTRY = "systems/superinstance/workers/router/index.ts"
SESSIONS = "superinstance-session-state-test"
SESSIONS_ENTRY = "systems/superinstance/workers/session_state/index.ts"
ANTHROPIC_KEY = "canary-key-of-anthropic-3d8e"
STRIPE_KEY = "canary-key-of-stripe-9c2b"
OPENAI_KEY = "canary-key-of-openai-6a1f"
QUERY = "canary-question-of-the-tests: why is the sky blue?"
MANY = 10_000
CLAUDE, GPT = "claude-3-5-sonnet-20241022", "gpt-4-turbo-2024-04-09"
SOURCE_PRICES = {CLAUDE: (3_000, 15_000), GPT: (10_000, 30_000)}
"""Models and prices of the source (SI-3), in 10⁻⁹ dollars a token."""

TITLES = {
    "API_KEYS": "superinstance-api-keys-development",
    "RATE_LIMITS": "superinstance-rate-limits-development",
}
"""As `Pulumi.development.yaml` has them."""

STREAMED = ("tokens=7", "tokens=40+pace=10", "tokens=4000+pace=10", "tokens=5+cached=9")
FAULTS = ("error=4", "cut=4", "silent=4")
BEHAVIOURS = {
    "claude": (*STREAMED, *FAULTS, "busy=7", "overloaded", "locked", "rejected", "garbled", "hang"),
    "gpt": (*STREAMED, *FAULTS, "broken", "locked"),
}
"""Each is a model by that name: `claude+busy=7`."""


def catalog() -> list[dict[str, Any]]:
    """Return the models: those of the source, and each of them with each behaviour."""
    return [
        _model(name, provider, model_id)
        for short, provider, model in (("claude", "anthropic", CLAUDE), ("gpt", "openai", GPT))
        for name, model_id in _named(short, model)
    ]


def _named(short: str, model: str) -> Iterator[tuple[str, str]]:
    yield short, model
    for behaviour in BEHAVIOURS[short]:
        yield f"{short}+{behaviour}", f"{model}+{behaviour}"


def _model(name: str, provider: str, model_id: str) -> dict[str, Any]:
    price_in, price_out = SOURCE_PRICES[model_id.partition("+")[0]]
    price = {"since": "2024-10-22", "input": price_in, "output": price_out}
    return {
        "name": name,
        "provider": provider,
        "id": model_id,
        "max_output": 4096,
        "prices": [{**price, "cache_read": price_in // 10}],
    }


def key(account_id: str) -> str:
    """Return the API key of an account."""
    return f"canary-api-key-of-{account_id}"


@dataclass(frozen=True)
class RouterStack:
    """One deployed router, with the billing that it is bound to."""

    cloud: LocalCloudflare
    billing: BillingStack
    providers: ModelProviders
    namespaces: Mapping[str, str]

    def admit(self, account_id: str, *, limit: int | None = MANY, **fields: Any) -> str:
        """Write the key of an account into KV, by its hash; return it.

        Tests look again and again: `None` is the limit of those that have none of their own.
        """
        known = {"id": "laptop", "account_id": account_id, **fields}
        self._put("API_KEYS", account_id, known)
        if limit is not None:
            self._put("RATE_LIMITS", account_id, {"requests_per_minute": limit})
        return key(account_id)

    def _put(self, binding: str, account_id: str, value: Any) -> None:
        digest = hashlib.sha256(key(account_id).encode()).hexdigest()
        namespace = self.cloud.account(f"/storage/kv/namespaces/{self.namespaces[binding]}")
        self.cloud.result("PUT", f"{namespace}/values/{digest}", content=json.dumps(value))

    def ask(self, account_id: str | None, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask with the key of an account; as nobody for `None`."""
        shown = {} if account_id is None else {"authorization": f"Bearer {key(account_id)}"}
        headers = {**shown, **sent.pop("headers", {})}
        return self.cloud.at(HOST, path, method, headers=headers, **sent)

    def escalate(self, account_id: str, request_id: str, **fields: Any) -> httpx.Response:
        """Ask a question."""
        return self.ask(account_id, "POST", "/v1/escalate", json=question(request_id, **fields))

    @contextmanager
    def stream(self, account_id: str, request_id: str, **fields: Any) -> Iterator[httpx.Response]:
        """Ask a question, and read the answer while it comes."""
        with self.client(account_id) as client:
            body = question(request_id, **fields)
            with client.stream("POST", "/v1/stream", json=body) as answer:
                yield answer

    def client(self, account_id: str) -> httpx.Client:
        headers = {"host": HOST, "authorization": f"Bearer {key(account_id)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.cloud.edge_port}"

    @contextmanager
    def anthropic(self, account_id: str) -> Iterator[anthropic.Anthropic]:
        """Give the SDK of Anthropic, which takes the router for Anthropic."""
        host = {"Host": HOST}
        options: dict[str, Any] = {"default_headers": host, "max_retries": 0, "timeout": 60}
        with anthropic.Anthropic(base_url=self.url, api_key=key(account_id), **options) as client:
            yield client

    @contextmanager
    def openai(self, account_id: str) -> Iterator[openai.OpenAI]:
        """Give the SDK of OpenAI, which takes the router for OpenAI."""
        host = {"Host": HOST}
        options: dict[str, Any] = {"default_headers": host, "max_retries": 0, "timeout": 60}
        with openai.OpenAI(base_url=f"{self.url}/v1", api_key=key(account_id), **options) as client:
            yield client

    def billed(self, account_id: str) -> dict[str, Any]:
        """Return what the ledger says of the account in all."""
        period = {"from": "2026-01-01", "to": "2026-12-31"}
        answer = self.ask(account_id, "GET", "/v1/usage", params=period)
        assert answer.is_success, answer.text
        total: dict[str, Any] = answer.json()["total"]
        return total

    def standing(self, account_id: str) -> dict[str, Any]:
        """Return how the account stands."""
        answer = self.ask(account_id, "GET", "/v1/status")
        assert answer.is_success, answer.text
        standing: dict[str, Any] = answer.json()
        return standing

    def log(self) -> str:
        """Return everything that workers wrote to their logs."""
        return json.dumps(self.cloud.result("GET", "/local/logs"))


def question(request_id: str, **fields: Any) -> dict[str, Any]:
    """Return a question for the Claude of the source."""
    return {
        "request_id": request_id,
        "query": QUERY,
        "max_tokens": 4000,
        "model_preference": "claude",
        **fields,
    }


def deploy(cloud: LocalCloudflare, billing: BillingStack, providers: ModelProviders) -> RouterStack:
    """Deploy the router beside billing and session-state."""
    deploy_sessions(cloud)
    path = cloud.account("/storage/kv/namespaces")
    made = {
        name: cloud.result("POST", path, json={"title": title})["id"]
        for name, title in TITLES.items()
    }
    cloud.upload(
        SCRIPT,
        {"index.mjs": (ROOT / bundle(ENTRY, SCRIPT).path).read_text(encoding="utf-8")},
        bindings=list(bindings(made, providers)),
        migrations={"new_tag": "v1", "new_sqlite_classes": ["CallJournal"]},
    )
    domain = {"hostname": HOST, "service": SCRIPT, "zone_id": cloud.zone_id}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    return RouterStack(cloud, billing, providers, made)


def deploy_sessions(cloud: LocalCloudflare, changed: str = "", **metadata: Any) -> None:
    """Upload session-state, with *changed* at its end, so that it is another version."""
    code = (ROOT / bundle(SESSIONS_ENTRY, SESSIONS).path).read_text(encoding="utf-8")
    class_name = "SessionState"
    objects = {"type": "durable_object_namespace", "name": "SESSION_STATE"}
    texts = {"SESSIONS_PER_USER": "5", "MESSAGES_PER_SESSION": "120", "RECALLED_MESSAGES": "6"}
    cloud.upload(
        SESSIONS,
        {"index.mjs": f"{code}\n{changed}\n"},
        bindings=[
            {**objects, "class_name": class_name},
            *({"type": "plain_text", "name": name, "text": text} for name, text in texts.items()),
        ],
        **(metadata or {"migrations": {"new_tag": "v1", "new_sqlite_classes": [class_name]}}),
    )


def bindings(namespaces: Mapping[str, str], providers: ModelProviders) -> Iterator[dict[str, str]]:
    """Give what the router is bound to."""
    yield {"type": "service", "name": "BILLING", "service": BILLING, "entrypoint": "Billing"}
    yield {"type": "service", "name": "SESSIONS", "service": SESSIONS, "entrypoint": "Sessions"}
    yield {"type": "durable_object_namespace", "name": "CALLS", "class_name": "CallJournal"}
    for name, namespace in namespaces.items():
        yield {"type": "kv_namespace", "name": name, "namespace_id": namespace}
    texts = {
        "ENVIRONMENT": "development",
        "CORS_ORIGIN": "https://claude.ai",
        "MODELS": json.dumps(catalog(), separators=(",", ":")),
        "REQUESTS_PER_MINUTE": "100",
        "PROVIDER_TIMEOUT_SECONDS": "4",
        "ANSWER_SECONDS": "3600",
        "REQUIRE_BALANCE": "false",
        "ANTHROPIC_URL": providers.url,
        "OPENAI_URL": providers.url,
    }
    for name, text in texts.items():
        yield {"type": "plain_text", "name": name, "text": text}
    secrets = {
        "API_TOKENS": "[]",
        "BACKUP_KEY": BACKUP_KEY,
        "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
        "OPENAI_API_KEY": OPENAI_KEY,
    }
    for name, text in secrets.items():
        yield {"type": "secret_text", "name": name, "text": text}


EVENTS: Any = [
    "payment_intent.succeeded",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
]
"""What docs/superinstance.md has Stripe send."""


def stripe_client(url: str) -> stripe.StripeClient:
    """Return Stripe's own library, which takes the look-alike for Stripe."""
    return stripe.StripeClient(STRIPE_KEY, base_addresses={"api": url}, max_network_retries=0)


def stripe_bindings(url: str, edge_port: int) -> dict[str, str]:
    """Have the look-alike tell billing of events; return what billing is bound to."""
    told = f"http://{BILLING_HOST}.localhost:{edge_port}/topup"
    params: Any = {"url": told, "enabled_events": EVENTS}
    endpoint = stripe_client(url).v1.webhook_endpoints.create(params)
    return {
        "STRIPE_URL": url,
        "STRIPE_SECRET_KEY": STRIPE_KEY,
        "STRIPE_WEBHOOK_SECRET": str(endpoint.secret),
        "TOPUP_SUCCESS_URL": "https://chitty.example/paid",
        "TOPUP_CANCEL_URL": "https://chitty.example/canceled",
        "TOPUP_LEAST_CENTS": "500",
        "TOPUP_MOST_CENTS": "100000",
    }
