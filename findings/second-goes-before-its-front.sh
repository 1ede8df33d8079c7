#!/usr/bin/env bash
# Of two resources that are replaced at once, the engine has only one wait until what depends on both is gone.
#
# Pulumi 3.276.0: `front` depends on `a` and `b`, and each is deleted before it is replaced. Where one of both is
# replaced, `front` is deleted first, as it should be: it may answer by what is behind it. Where both are, the deletion of
# `front` is part of the steps of the first alone; the second is deleted while `front` is still going. With
# `depends_on` from one to the other both wait. So what stands behind a front has to be made one after another.
#
# Passes while it behaves like that. Needs python3 with venv, and `pulumi` 3.276.0 on the PATH, or its path in PULUMI.
set -euo pipefail
pulumi=$(realpath "$(command -v "${PULUMI:-pulumi}")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check pulumi==3.272.0
mkdir states home
export PATH="$(dirname "$pulumi"):$PATH"
export PULUMI_BACKEND_URL="file://$folder/states" PULUMI_HOME="$folder/home" PULUMI_CONFIG_PASSPHRASE=x PULUMI_SKIP_UPDATE_CHECK=true

cat > program.py <<'PY'
"""Replace what is behind a front, by a provider in this process that notes what is deleted when."""

import os
import time
import uuid
from concurrent import futures

import grpc
import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi import automation
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

GOES_SECONDS = 2
noted = []


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def Attach(self, request, _):
        return empty_pb2.Empty()

    def CheckConfig(self, request, _):
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, _):
        return provider_pb2.DiffResponse()

    def Configure(self, request, _):
        return provider_pb2.ConfigureResponse(acceptSecrets=False)

    def GetPluginInfo(self, request, _):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def Check(self, request, _):
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, _):
        old, new = (json_format.MessageToDict(each) for each in (request.old_inputs, request.news))
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, replaces=changed, diffs=changed, deleteBeforeReplace=True)

    def Create(self, request, _):
        return provider_pb2.CreateResponse(id=uuid.uuid4().hex, properties=request.properties)

    def Delete(self, request, _):
        name = request.urn.rpartition("::")[2]
        if name == "front":
            time.sleep(GOES_SECONDS)
        noted.append(name)
        return empty_pb2.Empty()

    def Cancel(self, request, _):
        return empty_pb2.Empty()


class Made(pulumi.CustomResource):
    def __init__(self, name, **given):
        after = given.pop("after", [])
        options = pulumi.ResourceOptions(depends_on=after, delete_before_replace=True)
        super().__init__("behind:index:Made", name, given, options)


class Stack:
    """One of `a`, `b` and `front`. *one_by_one*: whether `b` depends on `a`."""

    def __init__(self, one_by_one=False):
        self.turns = dict.fromkeys("ab", 0)

        def program():
            a = Made("a", turn=self.turns["a"])
            b = Made("b", turn=self.turns["b"], after=[a] if one_by_one else [])
            Made("front", behind=pulumi.Output.all(a.id, b.id))

        name = f"s{uuid.uuid4().hex}"
        self.stack = automation.create_stack(name, project_name="p", program=program)
        self.stack.up()

    def gone_early(self, changed):
        """Replace *changed*; return how many of them are deleted before `front` is gone."""
        for name in changed:
            self.turns[name] += 1
        noted.clear()
        self.stack.up()
        return noted.index("front")


server = grpc.server(futures.ThreadPoolExecutor(8))
provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
os.environ["PULUMI_DEBUG_PROVIDERS"] = f"behind:{server.add_insecure_port('127.0.0.1:0')}"
server.start()
print("deleted before their front is gone, where")
both = Stack()
print("  a is replaced:", both.gone_early("a"))
print("  a and b are replaced:", both.gone_early("ab"))
print("  a and b are, and b depends on a:", Stack(one_by_one=True).gone_early("ab"))
server.stop(0)
PY
{
  "$pulumi" version
  venv/bin/python program.py
} | tee seen
diff - seen <<'SEEN'
v3.276.0
deleted before their front is gone, where
  a is replaced: 0
  a and b are replaced: 1
  a and b are, and b depends on a: 0
SEEN
echo "as described"
