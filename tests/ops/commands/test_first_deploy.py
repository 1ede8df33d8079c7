"""From an empty account to staging, with a token that may do no more than that (FW-4, FW-11).

The account is a local Cloudflare; environment, policies and questions are those of staging.
"""

import json
import re

import httpx
import pytest
import yaml

from harness.clone import make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

ACCOUNT = "ab" * 16
ZONE = "1" * 32
OF = f"/accounts/{ACCOUNT}"
STACK = "staging"
TITLE = "chittyid-staging"
NAMESPACE = "chittyid-kv-staging"
BUCKET = "chittyops-analytics-staging"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Give a clone with staging on an account of its own, which its local Cloudflare is."""
    made = make_clone(tmp_path_factory.mktemp("first"))
    path = made.configuration()
    path.write_text(path.read_text().replace("0" * 32, ACCOUNT))
    rules = yaml.safe_load(path.read_text())["config"]["chittyid:edge"]
    config = yaml.safe_load(made.configuration(STACK).read_text())["config"]
    zone = {**config["chittyos:zones"][0], "id": ZONE, "owner": STACK}
    here = {
        "chittyos:rehearsal": True,
        "cloudflare:baseUrl": f"http://127.0.0.1:{made.port}/client/v4",
        "chittyos:account": ACCOUNT,
        "chittyos:zones": [zone],
        "chittyid:edge": rules,
    }
    made.configuration(STACK).write_text(yaml.safe_dump({"config": {**config, **here}}))
    started = made.ops("start")
    assert started.code == 0, started.said
    ask(made, "POST", f"/zones/{ZONE}/subscription", json={"rate_plan": {"id": "free"}})
    yield made
    made.local("stop")


def make_token(clone, *options):
    """Make the token that `token-policy` describes; return the variables that name it."""
    policy = clone.ops("token-policy", STACK, "--json", *options)
    assert policy.code == 0, policy.said
    return send_token(clone, json.loads(policy.out))


def send_token(clone, document):
    made = ask(clone, "POST", f"{OF}/tokens", json=document)
    return {"CHITTYOS_LOCAL_TOKEN": made["value"]}


def ask(clone, method, path, **sent):
    """Ask the local API, with the token that may do everything."""
    value = (clone.root / ".local" / "cloudflare" / "token").read_text().strip()
    url = f"http://127.0.0.1:{clone.port}/client/v4{path}"
    headers = {"Authorization": f"Bearer {value}"}
    answer = httpx.request(
        method, url, headers=headers, params={"per_page": 100}, timeout=30, **sent
    )
    assert answer.is_success, answer.text
    return answer.json()["result"]


@pytest.fixture(scope="module")
def deployer(clone):
    return make_token(clone, "--self-check")


@pytest.fixture(scope="module")
def there(clone):
    """Give the account what an earlier life of the platform has left in it; return their ids."""
    rules = {"name": "r", "kind": "zone", "phase": "http_request_firewall_custom", "rules": []}
    return {
        "namespace": ask(clone, "POST", f"{OF}/storage/kv/namespaces", json={"title": NAMESPACE})[
            "id"
        ],
        "database": ask(clone, "POST", f"{OF}/d1/database", json={"name": TITLE})["uuid"],
        "bucket": ask(clone, "POST", f"{OF}/r2/buckets", json={"name": BUCKET})["name"],
        "ruleset": ask(clone, "POST", f"/zones/{ZONE}/rulesets", json=rules)["id"],
    }


@pytest.fixture(scope="module")
def adopted(clone, there, deployer):
    """Find it, and import it by the file that `adopt` writes; return what that one said."""
    assert there
    found = clone.ops("adopt", STACK, "--out", "adopt.json", given=deployer)
    assert found.code == 0, found.said
    (command,) = re.findall(r"import it first: pulumi (.*)", found.out)
    done = clone.pulumi(*command.split(), "--yes", stack=STACK)
    assert done.code == 0, done.said
    return found.out


@pytest.fixture(scope="module")
def deployed(clone, adopted, deployer):
    """Agree to the plan of the whole platform, and deploy it with a token that may do no more."""
    assert adopted
    planned = clone.ops("preview", STACK, given=deployer)
    (digest,) = re.findall(r"^plan (\w+)$", planned.out, re.MULTILINE)
    return clone.ops("up", STACK, "--accept", digest, given=deployer)


def test_doctor_finds_nothing_that_an_up_would_stop_at(clone, deployer):
    done = clone.ops("doctor", STACK, "--json", given=deployer)

    assert done.code == 0, done.said
    found = {each["subject"]: each for each in json.loads(done.out)}
    assert found["account"]["said"] == f"{ACCOUNT} (local)"
    assert found["permissions"]["state"] == "good"


def test_what_is_there_is_found_and_said_how_it_is_taken_over(adopted, there):
    lines = [" ".join(line.split()) for line in adopted.splitlines()]

    assert f"WorkersKvNamespace {NAMESPACE} imported {there['namespace']}" in lines
    assert f"D1Database {TITLE} imported {there['database']}" in lines
    assert f"R2Bucket {BUCKET} imported {BUCKET}" in lines
    parts = {line.split()[0] for line in lines if f" set as a whole {BUCKET}" in line}
    assert parts == {"R2BucketLifecycle", "R2ManagedDomain"}
    assert f"Ruleset http_request_firewall_custom imported {there['ruleset']}" in lines
    assert "Ruleset: rules that the program does not declare leave it with the next up" in lines


def test_it_is_the_stacks_own_afterwards_and_nothing_was_made_twice(deployed, clone, there):
    assert "imported" not in deployed.out
    ids = {each.get("id") for each in clone.resources(STACK)}
    assert set(there.values()) <= ids
    titles = [each["title"] for each in ask(clone, "GET", f"{OF}/storage/kv/namespaces")]
    assert titles.count(NAMESPACE) == 1


def test_a_token_of_just_that_policy_deploys_the_whole_platform(deployed, clone):
    assert deployed.code == 0, deployed.said
    types = {each["type"].rpartition(":")[2] for each in clone.resources(STACK) if each.get("id")}
    assert {"WorkersScript", "Ruleset", "D1Migrations", "ZoneSetting", "ZoneFound"} <= types


@pytest.mark.usefixtures("deployed")
def test_afterwards_the_names_are_the_stacks_own(clone, deployer):
    done = clone.ops("doctor", STACK, "--json", given=deployer)

    assert done.code == 0, done.said
    (names,) = [each for each in json.loads(done.out) if each["subject"] == "names"]
    assert names["state"] == "good"
    assert names["said"].endswith(f"{len(clone.resources(STACK))} resources are in the state")


@pytest.mark.usefixtures("deployed")
def test_a_token_that_only_reads_previews_and_deploys_nothing(clone):
    reader = make_token(clone, "--read-only")
    path = clone.configuration(STACK)
    before = path.read_text()
    config = yaml.safe_load(before)
    config["config"]["chittyid:copies"]["namespace"] = "another-title"

    unchanged = clone.ops("preview", STACK, "--refresh", given=reader)
    try:
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        changed = clone.ops("preview", STACK, given=reader)
        refused = clone.ops("up", STACK, "--yes", given=reader)
    finally:
        path.write_text(before)

    assert unchanged.code == 0, unchanged.said
    assert changed.code == 0, changed.said
    assert "another-title" in changed.out
    assert refused.code == 1
    assert "Authentication error" in refused.said, refused.said
    assert f"named by: python -m ops doctor {STACK}" in refused.said
    titles = [each["title"] for each in ask(clone, "GET", f"{OF}/storage/kv/namespaces")]
    assert "another-title" not in titles


ENDINGS = {
    "revoked": ("DELETE", {}),
    "expired": ("PUT", {"expires_on": "2026-01-01T00:00:00Z"}),
}


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(("method", "change"), ENDINGS.values(), ids=ENDINGS)
def test_incident_15_a_token_that_no_longer_holds_deploys_nothing_and_says_what_to_do(
    clone, method, change
):
    """The API answers 10000 to a revoked token, and 9109 to one that has ended."""
    policy = json.loads(clone.ops("token-policy", STACK, "--json").out)
    made = ask(clone, "POST", f"{OF}/tokens", json=policy)
    body = {"json": {**policy, **change}} if change else {}
    ask(clone, method, f"{OF}/tokens/{made['id']}", **body)
    given = {"CHITTYOS_LOCAL_TOKEN": made["value"]}
    path = clone.configuration(STACK)
    before, state = path.read_text(), clone.state(STACK)
    config = yaml.safe_load(before)
    config["config"]["chittyid:copies"]["namespace"] = "never-made"
    try:
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        refused = clone.ops("up", STACK, "--yes", given=given)
    finally:
        path.write_text(before)
    told = clone.ops("doctor", STACK, "--json", given=given)

    assert refused.code == 1
    assert "python -m ops doctor" in refused.said, refused.said
    assert (told.code, clone.state(STACK)) == (1, state)
    (token,) = [each for each in json.loads(told.out) if each["subject"] == "token"]
    assert token["state"] == "fault"
    assert f"python -m ops token-policy {STACK}" in token["next"]
    titles = [each["title"] for each in ask(clone, "GET", f"{OF}/storage/kv/namespaces")]
    assert "never-made" not in titles


def test_a_stack_of_an_account_is_begun_by_two_commands(clone, tmp_path):
    """`init` makes file and stack, `secrets` the rest; a second run overwrites nothing."""
    backend = tmp_path / "states"
    backend.mkdir()
    given = {"PULUMI_CONFIG_PASSPHRASE": "some-words-for-this-test"}
    ids = ("--account", "c" * 32, "--zone", f"chitty.cc={'d' * 32}", "--owner", "production")

    begun = clone.ops("init", "production", *ids, "--backend", backend.as_uri(), given=given)
    pattern = "op://platform/{stack}-{system}/{name}"
    filled = clone.ops("secrets", "production", "--generate", "--reference", pattern, given=given)
    text = clone.configuration("production").read_text()
    again = clone.ops("init", "production", given=given)

    assert begun.code == 0, begun.said
    assert "made the stack production; its secrets are encrypted by passphrase" in begun.out
    assert (backend / ".pulumi" / "stacks" / "chittyos" / "production.json").is_file()
    assert filled.code == 0, filled.said
    (token,) = re.findall(r"chittyconnect\.API_TOKENS, token 'first', .*: (\S+)", filled.out)
    assert token not in text
    config = yaml.safe_load(text)["config"]
    assert config["chittyid:ADMIN_TOKEN"].keys() == {"secure"}
    assert again.code == 0, again.said
    assert "the stack production is there already" in again.out
    assert clone.configuration("production").read_text() == text
    examined = clone.ops(
        "doctor", "production", "--json", given={**given, "CLOUDFLARE_API_TOKEN": ""}
    )
    states = {each["subject"]: each["state"] for each in json.loads(examined.out)}
    assert (states["secrets"], states["token"]) == ("good", "fault")


HIDDEN = "hidden-word-77"
WRONG = {
    f"s3://someone:{HIDDEN}@bucket": "is no address of a backend without a credential in it",
    "ftp://host": "'ftp://host' is no address of a backend",
}


@pytest.mark.parametrize("url", WRONG)
def test_a_backend_that_is_none_is_refused_before_anything_is_written(clone, url):
    before = clone.tracked()

    refused = clone.ops("init", "production", "--backend", url)

    assert refused.code == 1
    assert WRONG[url] in refused.err
    assert HIDDEN not in refused.said
    assert clone.tracked() == before
