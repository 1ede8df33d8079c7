"""Histories of Durable Objects as files: their digests are written into them, and nothing else."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import yaml

from common.files import replace
from config.history import checked, read_steps
from ops.errors import OpsError
from planning.durable_objects import Step, seal

HISTORIES = "systems/*/workers/*/durable_objects.yaml"
DIGEST = "digest"


def find(root: Path) -> list[Path]:
    """List the histories of all workers of the clone *root*."""
    return sorted(root.glob(HISTORIES))


def write_digests(path: Path, *, redo: bool) -> list[str]:
    """Write the digests that the history in the file *path* lacks; return the tags of those steps.

    With *redo* also those that do not fit their step any more, which is right only where the step
    was never deployed anywhere. Comments and order stay. Raises `OpsError` for a digest that does
    not fit, `ConfigError` for all else that is wrong; the file stays as it was then.
    """
    steps = read_steps(path)
    sealed = tuple(_sealed(steps))
    for step, new in zip(steps, sealed, strict=True):
        if step.digest not in {"", new.digest} and not redo:
            raise OpsError(
                f"{path.name}: step {step.tag} or one before it was edited, reordered or dropped; "
                f"restore it and append a new step, or give --redo if it was never deployed"
            )
    checked(path, sealed)
    changed = [i for i, step in enumerate(steps) if step.digest != sealed[i].digest]
    if changed:
        text = path.read_bytes().decode()  # line ends stay as they are
        replace(path, _written(text, {i: sealed[i].digest for i in changed}).encode())
    return [steps[i].tag for i in changed]


def _sealed(steps: tuple[Step, ...]) -> Iterator[Step]:
    previous = ""
    for step in steps:
        previous = seal(step, previous)
        yield dataclasses.replace(step, digest=previous)


def _written(text: str, digests: dict[int, str]) -> str:
    """Put *digests*, by the place of their step, into the *text* of a history."""
    nodes: list[yaml.MappingNode] = getattr(yaml.compose(text, Loader=yaml.SafeLoader), "value", [])
    for place in sorted(digests, reverse=True):
        begin, end, written = _edit(text, nodes[place], f"'{digests[place]}'")
        text = text[:begin] + written + text[end:]
    return text


def _edit(text: str, step: yaml.MappingNode, digest: str) -> tuple[int, int, str]:
    """Say what part of *text* becomes what, so that *step* has its *digest*."""
    for key, value in step.value:
        if key.value == DIGEST:
            return value.start_mark.index, value.end_mark.index, digest
    if step.flow_style:
        end = step.end_mark.index - 1
        return end, end, f", {DIGEST}: {digest}"
    end = _end_of_block(text, step)
    return end, end, f"\n{' ' * step.start_mark.column}{DIGEST}: {digest}"


def _end_of_block(text: str, step: yaml.MappingNode) -> int:
    """Find the end of the last line of *step*; what follows it may be a comment of the next one."""
    lines = text[step.start_mark.index : step.end_mark.index].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return step.start_mark.index + len("".join(lines).rstrip("\r\n"))
