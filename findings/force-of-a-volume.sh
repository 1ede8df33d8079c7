#!/usr/bin/env bash
# Docker's SDK for Python takes `force` for the removal of a volume, and never sends it.
#
# docker 7.2.0 (PyPI): `remove_volume(name, force=True)` of the low-level client, and `Volume.remove(force=True)`, put `force`
# into the arguments of the method that makes the path, which drops it. The request has no `?force=`, which the documentation
# of both has for volumes that their driver removed out of band. Of a container the same word is sent.
#
# Passes while it behaves like that. Needs Python 3.11 with venv. No Docker: a server on 127.0.0.1 notes what is asked.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check docker==7.2.0
cat > asks.py <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import docker

asked = []


class Notes(BaseHTTPRequestHandler):
    def do_DELETE(self):
        asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Notes)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = docker.APIClient(f"tcp://127.0.0.1:{server.server_port}", version="1.41")
client.remove_volume("data", force=True)
client.remove_container("api", force=True)
print("docker", docker.__version__)
for path in asked:
    print("DELETE", path)
PY
venv/bin/python asks.py | tee seen
diff - seen <<'SEEN'
docker 7.2.0
DELETE /v1.41/volumes/data
DELETE /v1.41/containers/api?v=False&link=False&force=True
SEEN
echo "as described"
