"""What only the program knows of what was deployed: its systems, and what a month of them costs."""

from pydantic import Field

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.live_page.page_queries import ROOT, family
from local.records.records import Kind, Records


class System(Body):
    """A system of the program."""

    name: str = Field(max_length=200)
    title: str = Field(max_length=200)
    asks_for: str = Field(default="", max_length=1000)
    """What its workers ask of a request by themselves. Default: nothing is said."""


class CostLine(Body):
    """What one thing is expected to cost a month, in words as `ops cost` writes them."""

    what: str = Field(max_length=300)
    quantity: str = Field(default="", max_length=100)
    dollars: str = Field(default="", max_length=100)


class Program(Body):
    """What a deployed program says of itself."""

    stack: str = Field(max_length=200)
    systems: tuple[System, ...] = Field(max_length=200)
    owners: dict[str, str] = Field(max_length=10_000)
    """System of a resource, by its kind and own name or id: `R2Bucket files`."""

    cost: tuple[CostLine, ...] = Field(default=(), max_length=500)
    prices_of: str = Field(default="", max_length=100)
    """Day on which the prices were read. Default: not said."""


@family("PUT", f"{ROOT}/program", note="told by `make up`, for its stack")
async def put_program(call: Call) -> Json:
    told = (await call.read(Program)).model_dump(mode="json") | {"told_at": call.state.now()}
    return call.state.note(lambda records: records.put(Kind.PROGRAM, told["stack"], told))


def programs(records: Records) -> list[Program]:
    """Return what each stack has told last; an account may have several."""
    return [Program.model_validate(each) for each in records.all(Kind.PROGRAM)]
