"""One run of a program, in a process of its own: `python program.py <file number>`.

The request of the engine comes on the standard input, eight bytes of its length first; the answer
goes to the file of that number. This file is run by its path, with the Python of the program's own
folder, and so imports nothing but Pulumi's SDK.
"""

import os
import runpy
import sys
import threading
from pathlib import Path

from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2

_STDIN = 0


def main() -> None:
    """Run the program that the request names, and write how it ended."""
    length = int.from_bytes(_read(8), "big")
    request = language_pb2.RunRequest.FromString(_read(length))
    threading.Thread(target=_end_with_host, daemon=True).start()
    with os.fdopen(int(sys.argv[1]), "wb") as answer:
        answer.write(run(request).SerializeToString())


def run(request: language_pb2.RunRequest) -> language_pb2.RunResponse:
    """Run the program by the loop of the SDK.

    The SDK has told the user of an error already when it answers with one, so the engine is asked
    to say no more.
    """
    folder = Path(request.info.program_directory)
    program = folder / request.info.entry_point
    sys.path[0] = str(program if program.is_dir() else program.parent)
    sys.argv = [str(program), *request.args[1:]]
    del request.args[1:]

    def main() -> None:
        runpy.run_path(str(program), run_name="__main__")

    answer = LanguageServer(main).Run(request, None)  # type: ignore[no-untyped-call]
    return language_pb2.RunResponse(bail=bool(answer.error))


def _read(size: int) -> bytes:
    """Read *size* bytes past Python's own buffer, whose lock a waiting thread would keep."""
    data = b""
    while len(data) < size and (part := os.read(_STDIN, size - len(data))):
        data += part
    return data


def _end_with_host() -> None:
    """End as soon as the host closes the standard input, which it does only when it ends."""
    while os.read(_STDIN, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
