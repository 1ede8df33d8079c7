#!/usr/bin/env bash
# workerd drops a data point with more than 16,000 bytes of blobs, and the worker that wrote it is told nothing.
#
# The documentation of Analytics Engine gives "16 KB" for all blobs of a point, which reads as 16,384 bytes. A point
# with 16,000 bytes arrives at the service behind the binding; one with 16,001 does not, although writeDataPoint()
# returns as usual and the request goes on. So whoever fills a blob up to 16,384 bytes loses those points alone
# that are the largest. workerd 1.20261117.1.
#
# Passes while it behaves like that. Needs node and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent --no-audit --no-fund workerd@1.20261117.1 >/dev/null
cat > writer.mjs <<'JS'
export default {
  async fetch(request, env) {
    const size = Number(new URL(request.url).searchParams.get("size"));
    env.POINTS.writeDataPoint({ indexes: ["sizes"], blobs: ["x".repeat(size)], doubles: [size] });
    return new Response("written\n");
  },
};
JS
cat > receiver.mjs <<'JS'
export default {
  async fetch(request) {
    const point = await request.json();
    console.log(`received ${point.double1}`);
    return new Response();
  },
};
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "writer", worker = (
      modules = [(name = "writer.mjs", esModule = embed "writer.mjs")],
      compatibilityDate = "2026-11-01",
      bindings = [(name = "POINTS", analyticsEngine = "receiver")],
    )),
    (name = "receiver", worker = (
      modules = [(name = "receiver.mjs", esModule = embed "receiver.mjs")],
      compatibilityDate = "2026-11-01",
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "writer")],
);
CAPNP
node_modules/.bin/workerd --version
node_modules/.bin/workerd serve --experimental config.capnp --control-fd=3 3> control > received &
until grep -q '"port"' control 2>/dev/null; do sleep 0.1; done
listening=$(grep -o '"port":[0-9]*' control | head -1 | cut -d: -f2)

for size in 16000 16001 16384 15999; do
  answer=$(node -e "fetch('http://127.0.0.1:$listening/?size=$size').then((it) => it.text()).then(console.log)")
  echo "$size bytes: $answer"
done
until grep -q 'received 15999' received; do sleep 0.1; done # the last one has arrived
sort received
[ "$(sort received | tr '\n' ' ')" = "received 15999 received 16000 " ]
