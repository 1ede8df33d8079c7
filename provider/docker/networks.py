"""Networks: made, found, removed; nothing of one can be changed."""

from typing import Any

from docker.types import IPAMConfig, IPAMPool

from common.json_types import Json
from provider.docker.engine import Api, found
from provider.docker.labels import as_mapping
from provider.docker.resource import Resource


class Network(Resource):
    """A network by its id."""

    name = "Network"
    supported = frozenset(
        {
            *("name", "driver", "options", "labels", "internal", "attachable", "ingress", "ipv6"),
            *("ipamConfigs", "ipamDriver", "ipamOptions"),
        }
    )
    sets = frozenset({"labels", "ipamConfigs"})

    def create(self, api: Api, inputs: Json) -> str:
        made = api.create_network(
            inputs["name"],
            driver=inputs.get("driver"),
            options=inputs.get("options"),
            ipam=_ipam(inputs),
            check_duplicate=True,
            internal=bool(inputs.get("internal")),
            labels=as_mapping(inputs.get("labels")),
            enable_ipv6=bool(inputs.get("ipv6")),
            attachable=inputs.get("attachable"),
            ingress=inputs.get("ingress"),
        )
        return str(made["Id"])

    def read(self, api: Api, known: str, properties: Json) -> Json | None:  # noqa: ARG002
        return found(api.inspect_network, known)

    def computed(self, answer: Json, inputs: Json) -> Json:
        shown = {
            "name": answer["Name"],
            "scope": answer["Scope"],
            "driver": answer["Driver"],
            "internal": answer["Internal"],
            "options": answer["Options"] or {},
            "ipamConfigs": [_pool(each) for each in answer["IPAM"]["Config"] or []],
        }
        return {name: value for name, value in shown.items() if inputs.get(name) is None}

    def delete(self, api: Api, known: str, properties: Json) -> None:  # noqa: ARG002
        if found(api.inspect_network, known) is not None:
            api.remove_network(known)


def _ipam(inputs: Json) -> IPAMConfig | None:
    asked = inputs.get("ipamConfigs"), inputs.get("ipamDriver"), inputs.get("ipamOptions")
    if not any(asked):
        return None
    pools = [
        IPAMPool(
            subnet=each.get("subnet"),
            iprange=each.get("ipRange"),
            gateway=each.get("gateway"),
            aux_addresses=each.get("auxAddress"),
        )
        for each in inputs.get("ipamConfigs") or []
    ]
    return IPAMConfig(
        driver=inputs.get("ipamDriver") or "default",
        pool_configs=pools,
        options=inputs.get("ipamOptions"),
    )


def _pool(answer: Json) -> dict[str, Any]:
    names = {"Subnet": "subnet", "Gateway": "gateway", "IPRange": "ipRange"}
    return {name: answer[field] for field, name in names.items() if answer.get(field)}
