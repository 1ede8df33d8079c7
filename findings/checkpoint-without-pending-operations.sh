#!/usr/bin/env bash
# A checkpoint that is sent for edits (`delta-checkpoint-uploads-v2`) has no pending operations: a killed run forgets what it was making.
#
# Pulumi 3.276.0, with a service that takes checkpoints and no journal. Before each step the engine sends the state with the step as a
# pending operation, so that a run which is killed then is known to have been making it. Sent whole (`PATCH checkpoint`) it is there,
# under `pending_operations`. A service that takes edits is sent `PATCH checkpointverbatim` first, and edits of that: this form is written
# by other code, which leaves pending operations out up to the ninth, and calls them `pendingOperations` from the tenth on. Who reads the
# state after a kill finds nothing pending: the next `up` makes the resource a second time. With a journal, which a service answers with when
# an update starts, it does not matter; `PULUMI_OPTIMIZED_CHECKPOINT_PATCH=false` has the engine send whole checkpoints.
#
# Passes while it behaves like that. Needs `pulumi` 3.276.0 on the PATH, or its path in PULUMI, and Python 3. No provider, no account:
# a service of forty lines answers on loopback.
set -euo pipefail
pulumi=${PULUMI:-pulumi}
folder=$(mktemp -d)
trap 'kill "${service:-}" 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
mkdir home
printf 'name: p\nruntime: yaml\n' > Pulumi.yaml
cat > service.py <<'PY'
import gzip, json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URNS = [f"urn:pulumi:s::p::a:b:Thing::{n}" for n in range(3)]
RESOURCES = [{"urn": urn, "type": "a:b:Thing", "custom": False} for urn in URNS]
STATE = {"version": 3, "deployment": {"manifest": {"time": "2026-11-30T00:00:00Z", "magic": "", "version": ""}, "resources": RESOURCES}}
CAPABILITIES = [{"capability": "delta-checkpoint-uploads-v2", "version": 2, "configuration": {"checkpointCutoffSizeBytes": 1 << 20}}]
ANSWERS = {
    "/api/user": {"githubLogin": "me", "organizations": [{"githubLogin": "me"}]},
    "/api/user/organizations/default": {"GitHubLogin": "me"},
    "/api/capabilities": {"capabilities": CAPABILITIES},
    "/api/stacks/me/p/s": {"orgName": "me", "projectName": "p", "stackName": "s"},
    "/api/stacks/me/p/s/export": STATE,
    "/api/stacks/me/p/s/destroy": {"updateID": "u"},
    "/api/stacks/me/p/s/update/u": {"version": 1, "token": "t"},
}

class Service(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        path = self.path.partition("?")[0]
        if "/checkpoint" in path:
            sent = json.loads(body)
            state = sent.get("deployment") or sent["untypedDeployment"]["deployment"]
            with open("seen", "a") as seen:
                print(path.rpartition("/")[2], sorted(key for key in state if "ending" in key), file=seen)
        told = json.dumps(ANSWERS.get(path, {})).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_PATCH = answer

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
with open("port", "w") as port:
    port.write(str(server.server_address[1]))
server.serve_forever()
PY
python3 service.py &
service=$!
until [ -s port ]; do sleep 0.1; done
export PULUMI_BACKEND_URL="http://127.0.0.1:$(cat port)" PULUMI_ACCESS_TOKEN=any PULUMI_HOME="$folder/home" PULUMI_SKIP_UPDATE_CHECK=true

destroy() { # three things without a provider; prints what the first checkpoint has of pending operations
  : > seen
  "$pulumi" destroy --stack s --yes --skip-preview --non-interactive > said 2>&1 || { cat said >&2; exit 1; }
  grep -m 1 . seen
}

{
  "$pulumi" version
  PULUMI_OPTIMIZED_CHECKPOINT_PATCH=false destroy
  destroy
} | tee all
diff - all <<'SEEN'
v3.276.0
checkpoint ['pending_operations']
checkpointverbatim []
SEEN
echo "as described"
