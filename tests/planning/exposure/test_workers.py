"""What a worker can reach: by a list that can be read, else by what the list was made of."""

from tests.planning.exposure.support import component, drawn, made, script, urn

KV = [made("WorkersKvNamespace", name, title=name) for name in ("one", "two")]
DATABASE = made("D1Database", "data", name="data")


def bound(found, worker="a"):
    target = next(each for each in found.targets if each.place.name == worker)
    return {each.name: [place.name for place in each.to] for each in target.bindings}


def test_a_readable_list_leads_exactly_where_it_says():
    listed = [
        {"name": "KV", "type": "kv_namespace", "namespaceId": KV[1].id},
        {"name": "DB", "type": "d1", "databaseId": DATABASE.id},
        {"name": "ROOM", "type": "durable_object_namespace", "className": "Room"},
        {"name": "ELSE", "type": "durable_object_namespace", "className": "R", "scriptName": "b"},
        {"name": "NEXT", "type": "service", "service": "b"},
        {"name": "POINTS", "type": "analytics_engine", "dataset": "points"},
        {"name": "MODE", "type": "plain_text"},
        {"name": "KEY", "type": "secret_text"},
        {"name": "FAR", "type": "r2_bucket", "bucketName": "of-another-stack"},
    ]

    assert bound(drawn(*KV, DATABASE, script("a", bindings=listed), script("b"))) == {
        "KV": ["two"],
        "DB": ["data"],
        "ROOM": ["Room of a"],
        "ELSE": ["R of b"],
        "NEXT": ["b"],
        "POINTS": ["points"],
        "KEY": [],
        "FAR": ["of-another-stack"],
    }


def test_of_a_sealed_list_the_component_says_the_names_and_the_sources_where_they_lead():
    above = component(
        "Worker",
        "above",
        bindings=[
            {"name": "DB", "type": "d1"},
            {"name": "KV", "type": "kv_namespace"},
            {"name": "ROOM", "type": "durable_object_namespace", "className": "Room"},
            {"name": "KEY", "type": "secret_text"},
        ],
    )
    sources = {"bindings": ["WorkersKvNamespace one", "WorkersKvNamespace two", "D1Database data"]}
    sealed = script("a", parent=above.urn, sources=sources, bindings=None)

    assert bound(drawn(*KV, DATABASE, above, sealed)) == {
        "DB": ["data"],
        "KV": ["one", "two"],
        "ROOM": ["Room of a"],
        "KEY": [],
    }


def test_of_a_sealed_list_without_a_component_the_sources_are_left():
    sealed = script("a", sources={"bindings": ["D1Database data"]}, bindings=None)

    assert bound(drawn(DATABASE, sealed)) == {"(a d1)": ["data"]}


def test_a_worker_reaches_what_any_of_its_versions_reaches():
    worker = made("Worker", "a", name="a", subdomain={"enabled": False})
    versions = [
        made(
            "WorkerVersion",
            f"v{number}",
            workerId=worker.id,
            bindings=[{"name": f"KV{number}", "type": "kv_namespace", "namespaceId": store.id}],
        )
        for number, store in enumerate(KV)
    ]

    assert bound(drawn(*KV, worker, *versions)) == {"KV0": ["one"], "KV1": ["two"]}


def test_what_starts_a_worker_beside_a_request_is_said():
    queue = made("Queue", "q", queueName="events")
    found = drawn(
        script("a"),
        queue,
        made("WorkersCronTrigger", "c", scriptName="a", schedules=[{"cron": "* * * * *"}]),
        made("QueueConsumer", "r", queueId=queue.id, scriptName="a", deadLetterQueue="lost"),
    )

    assert found.targets[0].notes[1:] == ("runs at * * * * *", "reads events, gives up to lost")


def test_versions_that_share_requests_are_said_with_their_shares():
    shares = [{"versionId": "1", "percentage": 90.0}, {"versionId": "2", "percentage": 10.0}]
    both = made("WorkersDeployment", "d", scriptName="a", versions=shares)
    alone = made("WorkersDeployment", "d", scriptName="a", versions=[{"percentage": 100.0}])
    shared = "2 versions share its requests: 90 %, 10 %"

    assert drawn(script("a"), both).targets[0].notes[1:] == (shared,)
    assert drawn(script("a"), alone).targets[0].notes[1:] == ()


def test_what_the_map_says_nothing_of_is_counted():
    cors = made("R2BucketCors", "c")

    assert drawn(script("a"), cors).unread == {"R2BucketCors": 1}
    assert urn("R2BucketCors", "c") == cors.urn
