"""workerd's own reading of cron expressions, read out of its binary and run by Node."""

import json
import mmap
import subprocess
from pathlib import Path

BEGIN = b"// Cron triggers: each schedule is a Durable Object"
IMPORT = "import { DurableObject, env } from 'cloudflare:workers';"
STAND_IN = "class DurableObject {} const env = {};"
ASK = """
import { readFileSync } from 'node:fs';
const takes = (text) => { try { parse(text); return true; } catch { return false; } };
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(takes)));
"""


def takes(binary: Path, expressions: list[str]) -> list[bool]:
    """Return of each of *expressions* whether the workerd *binary* takes it."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", _source(binary) + ASK],
        input=json.dumps(expressions),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[bool] = json.loads(done.stdout)
    return answers


def _source(binary: Path) -> str:
    with binary.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        begin = memory.find(BEGIN)
        assert begin >= 0, "this workerd has no module for cron triggers, or another one"
        source = memory[begin : memory.find(b"\0", begin)].decode()
    assert IMPORT in source
    return source.replace(IMPORT, STAND_IN)
