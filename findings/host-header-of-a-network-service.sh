#!/usr/bin/env bash
# workerd decides by the kind of service whether a worker can ask an address for another host.
#
# A worker sends one request for http://asked.example/ with the header `host: wanted.example`. Through a service of kind
# `external` the server at its fixed address is asked for the host of the URL, `asked.example`. Through one of kind
# `network` a worker has to put the address itself into the URL, and the server is asked for that address: the header
# that the worker sets is replaced without a word, by either kind. So a proxy that is to reach an address and keep
# the visitor's host needs an `external` for each address, named when workerd starts. workerd 1.20261117.1.
#
# Passes while both behave like that. Needs node and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent --no-audit --no-fund workerd@1.20261117.1 >/dev/null
cat > origin.mjs <<'JS'
import { createServer } from "node:http";
const server = createServer((request, answer) => answer.end(request.headers.host));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS
node origin.mjs > port &
until [ -s port ]; do sleep 0.1; done
port=$(cat port)

cat > worker.mjs <<JS
export default {
  async fetch(request, env) {
    const headers = { host: "wanted.example" };
    const byName = await env.EXTERNAL.fetch("http://asked.example/", { headers });
    const byAddress = await env.NETWORK.fetch("http://127.0.0.1:$port/", { headers });
    return new Response(\`external: \${await byName.text()}\nnetwork: \${await byAddress.text()}\n\`);
  },
};
JS
cat > config.capnp <<CAPNP
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-11-01",
      bindings = [(name = "EXTERNAL", service = "fixed"), (name = "NETWORK", service = "near")],
    )),
    (name = "fixed", external = (address = "127.0.0.1:$port", http = ())),
    (name = "near", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
CAPNP
node_modules/.bin/workerd --version
node_modules/.bin/workerd serve config.capnp --control-fd=3 3> control &
until grep -q '"port"' control 2>/dev/null; do sleep 0.1; done
listening=$(grep -o '"port":[0-9]*' control | head -1 | cut -d: -f2)

seen=$(node -e "fetch('http://127.0.0.1:$listening/').then((answer) => answer.text()).then(console.log)")
echo "$seen"
grep -qx 'external: asked.example' <<< "$seen"
grep -qx "network: 127.0.0.1:$port" <<< "$seen"
echo "the host is that of the URL, whatever header the worker sets"
