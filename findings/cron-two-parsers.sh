#!/usr/bin/env bash
# Two parsers of Cloudflare's cron expressions disagree on expressions that both could take.
#
# saffron 0.1.0 (the published crate that Cron Triggers are parsed with) takes a range of weekdays that
# runs over the end of the week and matches one day more than it names: `SAT-SUN` also fires on Friday. It takes
# `5,*` in the minutes and fires at minute 5 and at minute 0 only. workerd 1.20261117.1, the runtime that has cron
# triggers of its own, refuses both. So an expression that deploys may run at other times than it says,
# and one that deploys may be refused by the local runtime. Write the days out (`SAT,SUN`), and no `*` in a list.
#
# Passes while both behave like that. Needs cargo, node and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir -p crate/src
cat > crate/Cargo.toml <<'TOML'
[package]
name = "cron-two-parsers"
version = "0.1.0"
edition = "2021"
[dependencies]
saffron = "=0.1.0"
chrono = "0.4"
[profile.dev]
debug = false
TOML
cat > crate/src/main.rs <<'RUST'
use chrono::{Duration, TimeZone, Timelike, Utc};
use saffron::Cron;

fn main() {
    let days: Cron = "0 12 * * SAT-SUN".parse().expect("the range is taken");
    let monday = Utc.ymd(2026, 11, 23).and_hms(12, 0, 0);
    let fires: Vec<String> = (0..7)
        .map(|day| monday + Duration::days(day))
        .filter(|time| days.contains(*time))
        .map(|time| time.format("%a").to_string())
        .collect();
    println!("SAT-SUN fires on {}", fires.join(" "));
    let minutes: Cron = "5,* * * * *".parse().expect("the list is taken");
    let fires: Vec<String> = (0..60)
        .map(|minute| monday + Duration::minutes(minute))
        .filter(|time| minutes.contains(*time))
        .map(|time| time.minute().to_string())
        .collect();
    println!("5,* fires at minutes {}", fires.join(" "));
}
RUST
(cd crate && cargo run --quiet 2>build.log) > crate.out || { tail -5 crate/build.log; exit 1; }

npm install --silent --no-audit --no-fund workerd@1.20261117.1 >npm.log 2>&1
binary=$(node -e 'console.log(require("workerd").default)')
cat > takes.mjs <<'JS'
import { readFileSync, writeFileSync } from "node:fs";
const bytes = readFileSync(process.argv[2]);
const begin = bytes.indexOf("// Cron triggers: each schedule is a Durable Object");
if (begin < 0) throw new Error("this workerd has no module for cron triggers");
const source = bytes.subarray(begin, bytes.indexOf(0, begin)).toString();
const plain = source.replace(/^import .*cloudflare:workers.*$/m, "class DurableObject {} const env = {};");
writeFileSync("module.mjs", `${plain}\nexport const reads = parse;\n`);
const { reads } = await import("./module.mjs");
for (const text of ["0 12 * * SAT-SUN", "5,* * * * *", "0 12 * * SAT,SUN"]) {
  let answer = "taken";
  try { reads(text); } catch { answer = "refused"; }
  console.log(`workerd: ${text} ${answer}`);
}
JS
node takes.mjs "$binary" > workerd.out

echo "saffron 0.1.0, workerd 1.20261117.1"
cat crate.out workerd.out
diff - <(cat crate.out workerd.out) <<'SEEN'
SAT-SUN fires on Fri Sat Sun
5,* fires at minutes 0 5
workerd: 0 12 * * SAT-SUN refused
workerd: 5,* * * * * refused
workerd: 0 12 * * SAT,SUN taken
SEEN
echo "as described"
