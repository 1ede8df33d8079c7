"""The rules of the zones, and how often each has fired since the runtime began."""

from common.json_types import Json
from local.api.http.call import Call
from local.api.live_page.overview import rules
from local.api.live_page.page_queries import look
from local.api.state import runtime_port


@look("GET", "rules")
async def list_rules(call: Call) -> list[Json]:
    hits = (await runtime_port.ask(call.state.runtime, "GET", "edge", "hits")).json()
    zones = {zone.id: zone.name for zone in call.state.account.zones}
    never = {"count": 0, "last": None}
    return [
        {**rule, "zone": zones.get(rule["zone_id"], ""), **hits.get(rule["id"], never)}
        for rule in rules(call.state.records)
    ]
