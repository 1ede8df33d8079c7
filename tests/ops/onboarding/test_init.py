"""The file of a stack of one's own: begun, completed by ids, and never overwritten."""

import shutil
from pathlib import Path

import pytest

from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from ops.onboarding import init
from ops.onboarding.init import Given
from ops.paths import Paths
from ops.stack.target import DEFAULT_API, read_target

pytestmark = pytest.mark.workerd

ROOT = Paths().root
OTHER = "c" * 32


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """Give a folder with the files of the stacks, as the repository has them."""
    monkeypatch.chdir(tmp_path)
    for file in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(file, tmp_path)
    return Paths(tmp_path)


@pytest.fixture
def asked(account):
    with Client(DEFAULT_API, account.cloud.token, transport=account.real) as opened:
        yield opened


def nobody(option, answers):
    raise OpsError(f"asked for {option}: {', '.join(answers)}")


def write(paths, asked, stack="staging", choose=nobody, **given):
    return init.write(paths, stack, Given(**given), asked, choose)


def test_ids_are_looked_up_and_written_beside_what_is_there(paths, asked, account):
    before = paths.tracked("staging").read_text().splitlines()

    written = write(paths, asked, owner="production")

    after = paths.tracked("staging").read_text().splitlines()
    assert [line for line in after if line not in before] == [
        f'  chittyos:account: "{account.cloud.account_id}"',
        f'      id: "{account.cloud.zone_id}"',
        "      owner: production",
    ]
    assert [line for line in after if line in before] == before
    assert written.changed
    target = read_target(paths, "staging")
    assert (target.account, target.zones) == (
        account.cloud.account_id,
        {"chitty.cc": account.cloud.zone_id},
    )


def test_a_second_time_it_finds_nothing_to_do_and_asks_nobody(paths, asked, account):
    write(paths, asked, owner="production")
    text = paths.tracked("staging").read_text()
    account.real.asked.clear()

    again = write(paths, None, account=account.cloud.account_id)

    assert not again.changed
    assert paths.tracked("staging").read_text() == text
    assert account.real.asked == []


def test_with_ids_by_hand_nothing_is_looked_up(paths):
    write(paths, None, account="a" * 32, zones=(f"chitty.cc={OTHER}",), owner="staging")

    target = read_target(paths, "staging")
    assert (target.account, target.zones) == ("a" * 32, {"chitty.cc": OTHER})


def test_who_sets_what_is_valid_for_a_zone_is_asked_among_the_stacks(paths, asked):
    with pytest.raises(OpsError, match="asked for --owner: staging, production"):
        write(paths, asked)

    write(paths, asked, choose=lambda _, answers: list(answers)[1])
    assert read_target(paths, "staging").config["chittyos:zones"][0]["owner"] == "production"


REFUSED = {
    "another account": ({"account": OTHER}, rf"chittyos:account is {'0' * 32}, and {OTHER} was"),
    "another id": ({"zones": (f"chitty.cc={OTHER}",)}, r"id of zone chitty\.cc is 1+, and c+ was"),
    "a zone that it has not": (
        {"zones": ("example.com",)},
        r"lists no zone 'example\.com', but ch",
    ),
    "an id that is none": ({"zones": ("chitty.cc=12",)}, r"--zone chitty\.cc: '12' is no id"),
    "another beginning": ({"source": "production"}, r"staging\.yaml exists, and nothing is overw"),
}


@pytest.mark.parametrize(("given", "said"), REFUSED.values(), ids=REFUSED)
def test_nothing_that_is_set_is_overwritten(paths, asked, given, said):
    write(paths, asked, owner="production")
    text = paths.tracked("staging").read_text()

    with pytest.raises(OpsError, match=said):
        write(paths, asked, **given)

    assert paths.tracked("staging").read_text() == text


def test_a_stack_is_begun_from_another_with_names_and_hosts_of_its_own(paths, asked):
    write(paths, asked, owner="production")

    zone = (f"ours.dev={OTHER}",)
    write(paths, asked, "qa", source="staging", zones=zone, account="b" * 32, owner="qa")

    config = read_target(paths, "qa").config
    assert config["chittyos:environment"] == "staging"
    assert config["chittyos:zones"][0] | {"baseline": {}} == {
        "name": "ours.dev",
        "id": OTHER,
        "owner": "qa",
        "plan": "free",
        "baseline": {},
    }
    assert config["chittyid:host"] == "id-qa.ours.dev"
    assert config["chittyid:worker"]["name"] == "chittyid-qa"
    assert config["project_awareness:stores"]["sync"]["namespace"] == "chittyops_sync_qa"
    assert "staging" not in str({k: v for k, v in config.items() if k != "chittyos:environment"})


def test_a_name_that_says_no_stack_gets_that_of_the_new_one_where_it_is_taken(paths, asked):
    write(paths, asked, owner="production")

    made = write(paths, asked, "qa", source="staging", owner="production")

    assert made.names == ["chittyconnect:database.name"]
    assert read_target(paths, "qa").config["chittyconnect:database"]["name"] == "chittyconnect-qa"


def test_a_zone_that_is_not_there_is_said_with_those_that_are(paths, asked):
    with pytest.raises(OpsError, match=r"no zone ours\.dev; it shows: chitty\.cc; give one"):
        write(paths, asked, "qa", source="staging", zones=("ours.dev",), owner="qa")

    assert not paths.tracked("qa").exists()


def test_secrets_of_another_stack_are_not_taken_over(paths, asked):
    write(paths, asked, owner="production")
    path = paths.tracked("staging")
    sealed = "  chittyid:ADMIN_TOKEN:\n    secure: v1:abc:def\n"
    path.write_text(f"{path.read_text()}{sealed}encryptionsalt: v1:xyz\n")

    write(paths, asked, "qa", source="staging", owner="qa")

    text = paths.tracked("qa").read_text()
    assert "secure:" not in text
    assert "encryptionsalt" not in text


def test_without_a_token_the_option_that_gives_the_id_is_named(paths):
    with pytest.raises(OpsError, match=r"TOKEN is not set, .* or give --account ID"):
        write(paths, None)
    with pytest.raises(OpsError, match=r"or give --zone chitty\.cc=ID"):
        write(paths, None, account="a" * 32, owner="staging")


def test_of_several_accounts_one_is_asked_for(paths, asked, account, monkeypatch):
    names = {"a" * 32: "first", account.cloud.account_id: "second"}
    monkeypatch.setattr(init, "accounts", lambda _: names)

    write(paths, asked, owner="staging", choose=lambda _, answers: list(answers)[1])

    assert read_target(paths, "staging").account == account.cloud.account_id


@pytest.mark.parametrize("stack", ["development", "absent"])
def test_a_stack_that_is_none_of_an_account_is_refused_with_the_way_on(paths, stack):
    said = {"development": "run make up instead", "absent": "init absent --from staging"}

    with pytest.raises(OpsError, match=said[stack]):
        write(paths, None, stack)


@pytest.mark.parametrize("name", ["../x", "Mine", "a.b", ""])
def test_what_is_no_name_of_a_stack_is_one_sentence_and_no_file(paths, name):
    before = sorted(paths.root.parent.rglob("*"))

    with pytest.raises(OpsError, match="is no name of a stack"):
        write(paths, None, name, source="staging")

    assert sorted(paths.root.parent.rglob("*")) == before


def test_a_rehearsal_has_the_account_and_the_zones_of_the_local_cloudflare(paths):
    local = read_target(paths, "development")

    written = write(paths, None, "trial", source="staging", rehearsal=True)

    trial = read_target(paths, "trial")
    assert (trial.account, trial.zones, trial.api) == (local.account, local.zones, local.api)
    assert trial.environment == "staging"
    assert trial.local
    assert trial.setting("chittyos:zones[0].owner") == "trial"
    assert trial.setting("chittyconnect:host") == "connect-trial.chitty.cc"
    assert written.changed
    with pytest.raises(OpsError, match=r"Pulumi\.trial\.yaml: is of the local Cloudflare"):
        write(paths, None, "trial")


REFUSED = {
    "nothing to rehearse": ({}, "--rehearsal: say by --from which stack"),
    "a stack that is local": ({"source": "development"}, "is a stack of the local Cloudflare"),
}


@pytest.mark.parametrize(("given", "said"), REFUSED.values(), ids=REFUSED)
def test_no_rehearsal_of(paths, given, said):
    with pytest.raises(OpsError, match=said):
        write(paths, None, "trial", rehearsal=True, **given)

    assert not paths.tracked("trial").exists()


def test_a_rehearsal_in_a_zone_that_the_local_cloudflare_lacks_is_refused(paths):
    path = paths.tracked("staging")
    path.write_text(path.read_text().replace("chitty.cc", "your.domain"))

    with pytest.raises(OpsError, match=r"has no zone 'your\.domain'; add it to chittyos:zones"):
        write(paths, None, "trial", source="staging", rehearsal=True)


def test_a_file_of_another_form_is_left_to_whoever_wrote_it(paths):
    path: Path = paths.tracked("staging")
    text = path.read_text().replace(
        "    - name: chitty.cc\n      plan: free", "    - plan: free\n      name: chitty.cc"
    )
    path.write_text(text)

    with pytest.raises(OpsError, match="is not written line by line"):
        write(paths, None, account="a" * 32, zones=(f"chitty.cc={OTHER}",), owner="staging")

    assert path.read_text() == text
