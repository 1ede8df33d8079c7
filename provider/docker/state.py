"""Create, read, update, delete: a resource type applied to an engine, marks of secrets kept."""

from dataclasses import dataclass

from common.json_types import Json
from provider.docker.engine import Api, Engine
from provider.docker.resource import Resource
from provider.errors import PluginError
from provider.values import UNKNOWN, is_secret, opened, sealed


@dataclass(frozen=True)
class State:
    """A resource as it stands: Pulumi's id, the inputs and all properties, marks kept."""

    id: str
    inputs: Json
    properties: Json


def planned(resource: Resource, raw: Json, before: Json | None = None) -> Json:
    """Return the state that a create would leave, or an update of *before*.

    What the engine will say is unknown.
    """
    shown = _of_the_engine(resource)
    kept = {name: value for name, value in (before or {}).items() if name in shown}
    return {**dict.fromkeys(sorted(shown), UNKNOWN), **kept, **_given(raw)}


def create(engine: Engine, resource: Resource, raw: Json) -> State:
    """Make the resource; an error means that nothing stands, or says what does."""
    inputs = resource.completed(opened(raw))
    with engine.api() as api:
        known = resource.create(api, inputs)
    try:
        with engine.api() as api:
            resource.begin(api, known, inputs)
            return _stands(api, resource, known, raw)
    except BaseException as error:
        # What has no id in the state would stay for ever, and its name would be taken.
        _take_back(engine, resource, known, inputs, error)
        raise


def update(engine: Engine, resource: Resource, known: str, raw: Json) -> State:
    """Change the resource *known* to the inputs *raw*, in place."""
    with engine.api() as api:
        resource.update(api, known, resource.completed(opened(raw)))
        return _stands(api, resource, known, raw)


def read(engine: Engine, resource: Resource, known: State) -> State | None:
    """Return what the engine has of *known*; `None` when it says that there is none."""
    if not known.properties:
        raise PluginError(f"{resource.name} cannot be imported; declare it and run up instead")
    with engine.api() as api:
        answer = resource.read(api, known.id, opened(known.properties))
    if answer is None:
        return None
    drifted = resource.drifted(answer, resource.completed(opened(known.inputs)))
    inputs = {**known.inputs, **{name: _marked(known, name, drifted[name]) for name in drifted}}
    return State(known.id, inputs, _properties(resource, answer, inputs))


def delete(engine: Engine, resource: Resource, known: State) -> None:
    """Take the resource away; that it is gone already is as good."""
    with engine.api() as api:
        resource.delete(api, known.id, opened(known.properties))


def _take_back(
    engine: Engine, resource: Resource, known: str, inputs: Json, error: BaseException
) -> None:
    """Remove what was made. Raises `PluginError` with *error* and what to do where it stays."""
    try:
        with engine.api() as api:
            resource.take_back(api, known, inputs)
    except PluginError:
        raise PluginError(
            f"{error}; the {resource.name} {inputs['name']} was made, is in no state, and could "
            f"not be removed: {resource.by_hand(inputs)}, then run up again"
        ) from error


def _stands(api: Api, resource: Resource, known: str, raw: Json) -> State:
    answer = resource.read(api, known, opened(raw))
    if answer is None:
        raise PluginError(f"the {resource.name} {known[:12]} was removed while it was made")
    return State(known, raw, _properties(resource, answer, raw))


def _properties(resource: Resource, answer: Json, raw: Json) -> Json:
    return {**resource.computed(answer, opened(raw)), **_given(raw)}


def _marked(known: State, name: str, value: object) -> object:
    return sealed(value) if is_secret(known.inputs.get(name)) else value


def _given(raw: Json) -> Json:
    return {name: value for name, value in raw.items() if value is not None}


def _of_the_engine(resource: Resource) -> set[str]:
    types = resource.types
    return set(types.outputs) - (set(types.inputs) - types.filled)
