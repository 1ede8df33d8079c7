#!/usr/bin/env bash
# `pulumi state move --include-parents` moves the siblings of what is moved as well.
#
# Pulumi 3.276.0: with the option, the parents are added to what moves, and then every child of what moves is added: of a parent that
# moves for one child, all children go. Without the option the parent stays, and the type in the URN loses it: to the program of
# the other stack, which has such a parent, it is another resource. So one child cannot be moved below the same parent.
#
# Passes while it behaves like that. Needs `pulumi` 3.276.0 on the PATH, or its path in PULUMI. No provider, no account.
set -euo pipefail
pulumi=${PULUMI:-pulumi}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir states home
export PULUMI_BACKEND_URL="file://$folder/states" PULUMI_HOME="$folder/home" PULUMI_CONFIG_PASSPHRASE=x PULUMI_SKIP_UPDATE_CHECK=true
printf 'name: p\nruntime: yaml\n' > Pulumi.yaml

new() { # a stack of a component with two children
  for name in "$1" "$1-moved"; do "$pulumi" stack init "$name" --no-select --non-interactive > /dev/null 2>&1; done
  python3 - "$1" > state.json <<'PY'
import json, sys
of = f"urn:pulumi:{sys.argv[1]}::p::"
root, parent = f"{of}pulumi:pulumi:Stack::p-{sys.argv[1]}", f"{of}a:b:Parent::parent"
child = [{"urn": f"{of}a:b:Parent$a:b:Child::{name}", "type": "a:b:Child", "custom": False, "parent": parent} for name in ("one", "two")]
above = [{"urn": root, "type": "pulumi:pulumi:Stack", "custom": False}, {"urn": parent, "type": "a:b:Parent", "custom": False, "parent": root}]
manifest = {"time": "2026-11-30T00:00:00Z", "magic": "", "version": ""}
print(json.dumps({"version": 3, "deployment": {"manifest": manifest, "resources": above + child}}))
PY
  "$pulumi" stack import --stack "$1" --file state.json > /dev/null 2>&1
}
move() { # the first child of the stack $1; further options after it
  stack=$1
  shift
  "$pulumi" state move --source "$stack" --dest "$stack-moved" --yes "$@" "urn:pulumi:$stack::p::a:b:Parent\$a:b:Child::one" > /dev/null 2>&1
  "$pulumi" stack export --stack "$stack-moved" 2> /dev/null | python3 -c '
import json, sys
for each in json.load(sys.stdin)["deployment"]["resources"][1:]:
    print("  ", each["urn"].split("::", 2)[2])'
}

{
  "$pulumi" version
  echo "with --include-parents:"
  new with && move with --include-parents
  echo "without:"
  new without && move without
} | tee seen
diff - seen <<'SEEN'
v3.276.0
with --include-parents:
   a:b:Parent::parent
   a:b:Parent$a:b:Child::one
   a:b:Parent$a:b:Child::two
without:
   a:b:Child::one
SEEN
echo "as described"
