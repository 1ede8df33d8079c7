"""What a stack's configuration becomes, and what is said when it is wrong."""

from decimal import Decimal

import pytest

from config import ConfigError, Environment, from_file
from config.rules import claims
from config.rules.rollouts import Circumstances
from systems.registry import SYSTEMS
from tests.config.examples import (
    OPTIONAL,
    SECRETS,
    alone,
    connect,
    good,
    load,
    loaded,
    one,
    problems,
    put,
    source,
    tracked,
    without,
    written,
)


@pytest.mark.parametrize("stack", ["development", "pr-7", "staging", "production"])
def test_a_tracked_stack_loads_once_its_owner_set_what_is_his(stack):
    config = loaded(stack)
    kind = "development" if stack == "pr-7" else stack

    assert config.stack == stack
    assert config.deployment.environment is Environment(kind)
    assert config.retain is (kind != "development")


def test_the_environment_is_not_the_name_of_the_stack():
    config = loaded("pr-7")

    assert config.deployment.environment == "development"
    assert connect(config).host == "connect-pr-7.chitty.cc"
    assert connect(config).queue.dead_letters == "chittyconnect-documents-events-dlq-pr-7"


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_a_fresh_clone_is_told_all_that_must_be_set(stack):
    found = dict(problems(tracked(stack), stack))

    assert found.keys() == {
        "chittyos:account",
        "chittyos:zones[0].id",
        "chittyos:zones[0].owner",
        *SECRETS.keys() - OPTIONAL,
    }
    assert found["chittyos:account"] == (
        "must be set: Id of the Cloudflare account: 32 hexadecimal digits, in quotes; "
        f'write it there, or: eval "$(python -m ops env {stack})" && pulumi config '
        f"--config-file Pulumi.{stack}.yaml --stack {stack} set chittyos:account <value>"
    )
    assert "--path 'chittyos:zones[0].id' <value>" in found["chittyos:zones[0].id"]
    assert found["chittyconnect:API_TOKENS"].endswith(
        f"; python -m ops secret set {stack} chittyconnect.API_TOKENS"
    )


BLOCKS = {
    "chittyconnect:sessions": "set --path 'chittyconnect:sessions.namespace' <value>",
    "chittyconnect:queue": (
        "set-all --path --plaintext 'chittyconnect:queue.name=<value>' "
        "--plaintext 'chittyconnect:queue.dead_letters=<value>'"
    ),
    "chittyos:zones": "set-all --path "
    + " ".join(
        f"--plaintext 'chittyos:zones[0].{name}=<value>'"
        for name in ("name", "id", "plan", "owner")
    ),
}


@pytest.mark.parametrize(("path", "command"), BLOCKS.items())
def test_a_missing_block_is_set_by_the_values_it_needs(path, command):
    where, text = one(without(good(), path))

    assert where == path
    assert text.endswith(f"--stack development {command}")


def test_every_stack_of_the_account_has_names_of_its_own():
    def names(stack):
        settings = {name: block.settings for name, block in loaded(stack).blocks.items()}
        return {(own.claim.kind, own.claim.name) for own in claims.owned(SYSTEMS, settings)}

    assert {kind for kind, _ in names("staging")} >= {"worker", "host", "bucket", "database"}
    assert not names("staging") & names("production")
    assert not names("development") & names("pr-7")


def test_production_and_staging_keep_the_names_of_the_sources():
    production, staging = connect(loaded("production")), connect(loaded("staging"))

    assert (production.host, staging.host) == ("connect.chitty.cc", "connect-staging.chitty.cc")
    assert (production.worker.name, staging.worker.name) == (
        "chittyconnect",
        "chittyconnect-staging",
    )
    assert production.database.name == "chittyconnect-production"
    assert staging.database.name == "chittyconnect"
    assert production.documents.bucket == "chittyconnect-documents"


def test_values_may_come_as_text_or_as_yaml():
    values = good()

    assert load("development", source(values)) == load(
        "development", source(values).__class__("f", values, frozenset(SECRETS))
    )


def test_a_share_keeps_its_two_decimals():
    values = put(good(), "chittyconnect:rollout", {"percentage": 0.1})

    assert load("development", source(values)).blocks[
        "chittyconnect"
    ].settings.rollout.share == Decimal("0.10")


WRONG = {
    "chittyos:environment": ("test", "it is one of 'development', 'staging' or 'production'"),
    "chittyos:account": ("YOUR_ACCOUNT_ID", "32 to 32 characters, this one has 15"),
    "chittyos:plan": ("pro", "'pro' is refused: it is one of 'free' or 'paid'"),
    "chittyos:zones": ([], "it is a list of at least one entry"),
    "chittyos:zones.0.id": (1, "it is text, in quotes if it looks like a number"),
    "chittyos:zones.0.plan": ("gold", "'free', 'pro', 'business' or 'enterprise'"),
    "chittyconnect:host": ("connect.example.com", "lies in no listed zone (listed: chitty.cc)"),
    "chittyconnect:worker.name": ("Connect", "a worker name is made of lower-case letters"),
    "chittyconnect:worker.memory_mb": (512, "Workers have a fixed 128 MB; remove it"),
    "chittyconnect:worker.nam": ("x", "is not known; did you mean name? known here: "),
    "chittyconnect:worker.crons": (["* *"], "has 5 fields"),
    "chittyid:worker.versions": ({"percentage": 10}, "set stable to the id of the version"),
    "chittyid:worker.versions.percentage": (101, "it is 100 or less"),
    "chittyid:worker.versions.stable": ("v1", "'v1' is no id of a version"),
    "chittyid:worker.durable_objects": ("both", "'migrations' or 'exports'"),
    "chittyconnect:worker.cpu_ms": (300_001, "it is 300000 or less"),
    "chittyconnect:worker.compatibility_flags": (
        ["streams_enable_constructors"],
        "is the default since 2022-11-30",
    ),
    "chittyconnect:worker.variables": ({"API_KEY": "x"}, "has the name of a secret"),
    "chittyconnect:worker.variables.MODE": ("<your mode>", "is a placeholder"),
    "chittyconnect:worker.variables.LONG": ("a long " * 732, "takes 5,124 bytes and a variable or"),
    "chittyconnect:worker.variables.DB": ("x", "is set by the system"),
    "chittyconnect:worker.variables.1X": ("x", "does not begin with a digit"),
    "chittyconnect:worker.routes": (["chitty.cc/?q=*"], "a route has no query"),
    "chittyconnect:rollout.percentage": (1.5, "1.5 is refused: a share is a number from 0.00"),
    "chittyconnect:rollout.since": ("2026-11-21T10:00:00", "a time with time zone"),
    "chittyconnect:sessions.ttl_seconds": (0, "it is 60 or more"),
    "chittyconnect:documents.enabled": ("maybe", "it is true or false"),
    "chittyconnect:documents.bucket": ("a" * 64, "3 to 63 characters, this one has 64"),
    "chittyconnect:documents.s3_endpoint": ("ftp://x", "an address is http(s)://"),
    "chittyconnect:documents.cors_origin": ("*", "an origin is one https://host"),
    "chittyconnect:queue.batch_size": ("many", "it is a whole number"),
    "chittyconnect:queue": ("x", "it is keys with values"),
    "chittyconnect:hosts": (["x"], "is not known; did you mean host?"),
    "chittyconnect:secrets": ({}, "is not known"),
    "chityconnect:host": ("x", "is not known; did you mean chittyconnect?"),
    "cloudflare:apiToken": ("secret-value", "the token comes from the environment"),
    "cloudflare:baseUrl": ("https://api.cloudflare.com/client/v4", "local Cloudflare only"),
}


@pytest.mark.parametrize(("path", "value", "said"), [(k, *v) for k, v in WRONG.items()])
def test_one_mistake_is_one_sentence_at_its_path(path, value, said):
    where, text = one(put(good(), path, value))

    assert where.replace("[", ".").replace("]", "").startswith(path)
    assert said in text


def test_many_mistakes_are_said_at_once():
    values = put(put(good(), "chittyos:account", "x"), "chittyconnect:queue.batch_size", 0)

    assert [path for path, _ in problems(values)] == [
        "chittyos:account",
        "chittyconnect:queue.batch_size",
    ]


def test_a_message_names_file_path_value_and_what_is_allowed():
    with pytest.raises(ConfigError) as raised:
        load("development", source(put(good(), "chittyos:plan", "pro")))

    assert str(raised.value) == (
        "Pulumi.development.yaml: chittyos:plan: 'pro' is refused: it is one of 'free' or 'paid'"
    )


@pytest.mark.parametrize(
    ("path", "length"), [("chittyos:plan", 5_000), ("chittyconnect:worker.variables.MODE", 200)]
)
def test_a_long_value_is_not_repeated_in_full(path, length):
    _, text = one(put(good(), path, "x" * length))

    assert len(text) < 200


@pytest.mark.parametrize("field", ["cpu_ms", "subrequests"])
def test_what_needs_the_paid_plan_is_refused_on_the_free_one(field):
    values = put(without(alone(good()), "chittyconnect:worker.cpu_ms"), "chittyos:plan", "free")

    load("development", source(values))
    assert one(put(values, f"chittyconnect:worker.{field}", 50)) == (
        f"chittyconnect:worker.{field}",
        "50 needs the Workers Paid plan and chittyos:plan is free; remove it or change the plan",
    )


def test_the_free_plan_has_five_schedules():
    values = put(without(alone(good()), "chittyconnect:worker.cpu_ms"), "chittyos:plan", "free")
    crons = [f"{minute} * * * *" for minute in range(6)]

    load("development", source(put(values, "chittyconnect:worker.crons", crons[:5])))
    path, text = one(put(values, "chittyconnect:worker.crons", crons))
    assert path == "chittyos:plan"
    assert text.startswith("6 cron triggers are asked for and Workers Free has 5 an account (")


@pytest.mark.parametrize("pattern", ["*.chitty.cc/*", "https://*chitty.cc/*"])
def test_only_the_owner_of_a_zone_may_catch_all_its_hosts(tmp_path, pattern):
    values = put(alone(good("production")), "chittyconnect:worker.routes", [pattern])
    other = put(alone(good("staging")), "chittyconnect:worker.routes", [pattern])
    around = Circumstances(beside=tmp_path)

    load("production", source(values, "production"), around=around)
    ((path, text),) = problems(other, "staging", around=around)
    assert path == "chittyconnect:worker.routes[0]"
    assert "only production, the owner of the zone, may" in text


def test_every_host_of_no_zone_in_particular_is_refused():
    path, text = one(put(alone(good()), "chittyconnect:worker.routes", ["*/*"]))

    assert path == "chittyconnect:worker.routes[0]"
    assert "write *<zone>/* instead" in text


TWICE = {
    "chittyos:zones": [{"name": "chitty.cc", "id": "ab" * 16, "plan": "free", "owner": "x"}] * 2,
    "chittyconnect:worker.crons": ["* * * * *"] * 2,
    "chittyconnect:worker.routes": ["a.chitty.cc/*"] * 2,
    "chittyconnect:worker.compatibility_flags": ["nodejs_als"] * 2,
}


@pytest.mark.parametrize(("path", "value"), TWICE.items())
def test_what_stands_twice_is_refused(path, value):
    found = problems(put(good(), path, value))

    assert {where for where, _ in found} == {path}
    assert all("2 times; name it once" in text for _, text in found)


def test_a_queue_is_not_its_own_dead_letters():
    values = put(good(), "chittyconnect:queue.dead_letters", "same")

    assert one(put(values, "chittyconnect:queue.name", "same"))[1].endswith(
        "dead_letters is the queue itself; name another queue"
    )


STEPS = {
    "the first step": ({"percentage": 0.10}, None),
    "a first step too large": ({"percentage": 0.25}, "percentage"),
    "everyone at once": ({"everyone": True}, "everyone"),
    "everyone at once, explicitly": (
        {"everyone": True, "confirmed": "incident 12, all agreed"},
        None,
    ),
    "the second step": ({"percentage": 0.25, "previous": {"percentage": 0.10}}, None),
    "a step back": ({"percentage": 0, "previous": {"percentage": 0.50}}, None),
}


@pytest.mark.parametrize(("rollout", "field"), STEPS.values(), ids=STEPS)
def test_the_rollout_of_staging_goes_step_by_step(rollout, field):
    values = put(good("staging"), "chittyconnect:rollout", rollout)
    if field is None:
        load("staging", source(values, "staging"))
    else:
        assert one(values, "staging")[0] == f"chittyconnect:rollout.{field}"


def test_a_path_that_somebody_made_up_stays_on_its_line():
    with pytest.raises(ConfigError) as raised:
        load("development", source({**good(), f"no\n\x1b[1m{'x' * 500}:y": "x"}))

    said = str(raised.value)
    assert said.startswith(r"Pulumi.development.yaml: no\n\x1b[1mxxx")
    assert said.isprintable()
    assert len(said) < 400


JSON_TEXTS = {
    "a key twice": '{"name": "a-queue", "name": "b-queue", "dead_letters": "c-queue"}',
    "too deep": "[" * 40 + "]" * 40,
    "far too deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", JSON_TEXTS.values(), ids=JSON_TEXTS)
def test_json_that_is_no_object_is_refused_as_text(text):
    path, said = one({**good(), "chittyconnect:queue": text})

    assert path == "chittyconnect:queue"
    assert said.endswith("is refused: it is keys with values")


def test_a_file_is_read_without_its_secrets(tmp_path):
    path = tmp_path / "Pulumi.development.yaml"
    path.write_text(written())

    assert connect(load("development", from_file(path))).host == ("connect-development.chitty.cc")


BROKEN = {
    "no file": (None, "the file does not exist"),
    "no YAML": ("config:\n  a: [1\n", "is not YAML"),
    "a list": ("- a\n", "is not a list of keys and values"),
    "a text as config": ("config: x\n", "is not a list of keys and values"),
    "bytes": ("\udcff", "is no UTF-8"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_is_said_in_one_sentence(tmp_path, text, said):
    path = tmp_path / "Pulumi.x.yaml"
    if text is not None:
        path.write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(ConfigError, match=f"Pulumi.x.yaml: .*{said}"):
        from_file(path)
