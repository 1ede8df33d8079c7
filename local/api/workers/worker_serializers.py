"""Workers by their ids, and their versions, as the API answers them."""

from common.json_types import Json
from local.api.state.snapshot import has_preview, workers_dev
from local.api.workers import serializers
from local.api.workers.bindings import shown
from local.api.workers.deploy import deployments_of
from local.api.workers.scripts import users_of
from local.records.records import Kind, Records


def worker_shown(records: Records, worker: Json) -> Json:
    """Show a worker: what stays from version to version, and who refers to it."""
    name = worker["name"]
    deployed = next(iter(deployments_of(records, name)), None)
    consumers = [{"name": each.get("service")} for each in worker["tail_consumers"]]
    suffix = workers_dev(records, name)
    return {
        "id": worker["tag"],
        "name": name,
        "created_on": worker["created_on"],
        "updated_on": worker["modified_on"],
        "deployed_on": deployed["created_on"] if deployed else None,
        "logpush": worker["logpush"],
        "observability": worker["observability"],
        "references": _references(records, name),
        "subdomain": {
            **worker["subdomain"],
            "url": f"https://{suffix}",
            "preview_url_suffix": f"-{suffix}",
        },
        "tags": worker["tags"],
        "tail_consumers": consumers,
    }


def _references(records: Records, name: str) -> Json:
    tags = {script["name"]: script["tag"] for script in records.all(Kind.SCRIPT)}
    return {
        "dispatch_namespace_outbounds": [],
        "domains": [
            {
                "id": each["id"],
                "certificate_id": each["cert_id"],
                **{field: each[field] for field in ("hostname", "zone_id", "zone_name")},
            }
            for each in records.all(Kind.DOMAIN)
            if each["service"] == name
        ],
        "durable_objects": [],
        "queues": _queues(records, name),
        "workers": [{"id": tags[user], "name": user} for user in users_of(records, name)],
    }


def _queues(records: Records, name: str) -> list[Json]:
    queues = {queue["queue_id"]: queue["queue_name"] for queue in records.all(Kind.QUEUE)}
    return [
        {
            "queue_consumer_id": each["consumer_id"],
            "queue_id": each["queue_id"],
            "queue_name": queues.get(each["queue_id"]),
        }
        for each in records.all(Kind.CONSUMER)
        if each.get("script_name") == name
    ]


def version_shown(records: Records, worker: Json, version: Json) -> Json:
    """Show a version of *worker*, without its code."""
    summary = serializers.version_summary(version, worker)
    prefix = version["id"].partition("-")[0]
    host = workers_dev(records, f"{prefix}-{worker['name']}")
    declared = {"exports": version["declared_exports"]} if "declared_exports" in version else {}
    own = ("compatibility_date", "compatibility_flags", "limits", "placement", "usage_model")
    more = ("main_module", "startup_time_ms", "source", "exports_reconciliation")
    tag = worker["migration_tag"]
    return {
        "id": version["id"],
        "number": version["number"],
        "created_on": version["created_on"],
        "author_id": summary["metadata"]["author_id"],
        "author_email": summary["metadata"]["author_email"],
        "annotations": version["annotations"],
        "bindings": [shown(binding) for binding in version["bindings"]],
        "urls": [f"https://{host}"] if has_preview(version, worker) else [],
        **{name: version[name] for name in (*own, *more) if name in version},
        **({"migration_tag": tag} if tag else {}),
        **declared,
    }
