#!/usr/bin/env bash
# workerd finishes a request that is open at SIGTERM, and drops what a finished request left to waitUntil().
#
# On SIGTERM workerd takes no new connection and answers what is open, however long the worker takes. One could think that
# the promises given to waitUntil() count as open as well. They do not: with no connection left the process ends at once,
# and the work that should have followed the answer (a flush, a write) never happens. Nothing is logged, the exit status
# is the same. So whoever buffers in a worker has to be asked to flush before the signal. workerd 1.20261117.1.
#
# One thing is still done: what follows the answer after a timer of no time, even where that answer is the last one that the
# process gives. A timer of a millisecond may be dropped, and one of a tenth of a second is.
#
# Passes while it behaves like that. Needs node and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent --no-audit --no-fund workerd@1.20261117.1 >/dev/null
cat > worker.mjs <<'JS'
export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/open") {
      console.log("begun");
      await scheduler.wait(1500);
      return new Response("answered\n");
    }
    const [, at] = /^\/after\/(\d+)$/.exec(new URL(request.url).pathname) ?? [];
    if (at !== undefined) {
      console.log("begun");
      await scheduler.wait(1500);
      ctx.waitUntil(scheduler.wait(Number(at)).then(() => console.log("told after " + at)));
      return new Response("answered\n");
    }
    ctx.waitUntil(scheduler.wait(1500).then(() => console.log("kept")));
    return new Response("left\n");
  },
};
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = (
    modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
    compatibilityDate = "2026-11-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
CAPNP
node_modules/.bin/workerd --version

start() { # $1: where its output goes
  rm -f control
  node_modules/.bin/workerd serve config.capnp --control-fd=3 3> control > "$1" &
  process=$!
  until grep -q '"port"' control 2>/dev/null; do sleep 0.1; done
  port=$(grep -o '"port":[0-9]*' control | head -1 | cut -d: -f2)
}
ask() { node -e "fetch('http://127.0.0.1:$port$1', {headers: {connection: 'close'}}).then((it) => it.text()).then((it) => process.stdout.write(it))"; }

start open.log
ask /open > answer &
client=$!
until grep -q begun open.log; do sleep 0.05; done
kill -TERM "$process"
wait "$client"
wait "$process" || true
echo "an open request at SIGTERM: $(cat answer)"

told() { # milliseconds: what is told after the last answer, that long after it
  start told.log
  ask "/after/$1" > answer &
  client=$!
  until grep -q begun told.log; do sleep 0.05; done
  kill -TERM "$process"
  wait "$client"
  wait "$process" || true
  echo "an open request at SIGTERM, and $1 ms after its answer: $(tail -n +2 told.log)"
}
told 0
[ "$(tail -n +2 told.log)" = "told after 0" ]
told 100
[ "$(tail -n +2 told.log)" = "" ]

start left.log
echo "an answer, and no SIGTERM for two seconds: $(ask /left)"
sleep 2
echo "what was left to waitUntil() said: $(cat left.log)"
[ "$(cat left.log)" = "kept" ]
echo "an answer, and SIGTERM after it: $(ask /left)"
kill -TERM "$process"
begun=$(date +%s%N)
wait "$process" || true
took=$((($(date +%s%N) - begun) / 1000000))
echo "then it ended after $took ms, and what was left to waitUntil() added: $(tail -n +2 left.log)"

[ "$(cat answer)" = "answered" ]
[ "$took" -lt 1000 ]
[ "$(cat left.log)" = "kept" ]
