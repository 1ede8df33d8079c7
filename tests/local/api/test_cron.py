"""Schedules: the API takes what the configuration takes, and refuses the rest by its codes.

10100 is an expression that is none, 10026 a body that is no list of them (cloudflare-docs#33580).
"""

import random

import pytest

from tests.planning.test_cron import BAD, DOCUMENTED, GOOD, _made, accepted

pytestmark = pytest.mark.anyio

CHANCE = random.Random(7)  # noqa: S311  # the same expressions in every run
MADE = [_made(CHANCE) for _ in range(300)]


async def put(world, *crons):
    path = world.script(rest="/schedules")
    return await world.client.put(path, json=[{"cron": cron} for cron in crons])


async def test_the_api_takes_exactly_what_the_configuration_takes(world):
    """FW-1: one grammar. workerd's own parser is held to it in tests/planning/test_cron.py."""
    await world.upload()
    expressions = [*DOCUMENTED, *GOOD, *BAD, *MADE]

    answers = [await put(world, cron) for cron in expressions]

    taken = [answer.status_code == 200 for answer in answers]
    assert taken == [accepted(cron) for cron in expressions]
    refused = [answer for answer in answers if answer.status_code != 200]
    told = {(answer.status_code, answer.json()["errors"][0]["code"]) for answer in refused}
    assert told == {(400, 10100)}


async def test_a_refusal_names_the_field(world):
    await world.upload()

    _, _, text = await world.refused(
        "PUT", world.script(rest="/schedules"), json=[{"cron": "0 0 */31 * *"}]
    )

    assert text.startswith("invalid cron string: '0 0 */31 * *': the step '31' of day of the month")


async def test_one_wrong_expression_changes_nothing(world):
    await world.upload()
    await put(world, "0 5 * * *")

    assert (await put(world, "0 6 * * *", "0 0 99W * *")).status_code == 400

    kept = await world.ask("GET", world.script(rest="/schedules"))
    assert [schedule["cron"] for schedule in kept["schedules"]] == ["0 5 * * *"]


@pytest.mark.parametrize(
    "body",
    [
        {"cron": "0 5 * * *"},
        ["0 5 * * *"],
        [{"cron": {"cron": "0 5 * * *"}}],
        [{"cron": 5}],
        [{"cron": None}],
        [{}],
        [None],
        "0 5 * * *",
        None,
    ],
)
async def test_a_body_that_is_no_list_of_expressions_is_10026(world, body):
    await world.upload()

    got = await world.refused("PUT", world.script(rest="/schedules"), json=body)

    assert got[:2] == (400, 10026)
    assert got[2].startswith("Could not parse request body. Please ensure the request is valid")
