"""A cloudflare plugin that takes faults as the official one was recorded to, and can only read.

Any 404, whoever says it, means gone; an answer without a result is written into the state as it is.
"""

import json
import sys
import urllib.error
import urllib.request
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc

PATHS = {
    "cloudflare:index/workersKvNamespace:WorkersKvNamespace": "storage/kv/namespaces/{id}",
    "cloudflare:index/r2Bucket:R2Bucket": "r2/buckets/{id}",
    "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle": "r2/buckets/{id}/lifecycle",
}


class Recorded(provider_pb2_grpc.ResourceProviderServicer):
    """What a refresh asks of a plugin."""

    def Configure(self, request: Any, _context: Any) -> Any:  # noqa: N802
        self.api = request.variables["cloudflare:config:baseUrl"]
        return proto.ConfigureResponse(acceptSecrets=True, acceptResources=True)

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return proto.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return proto.PluginInfo(version="6.23.1")

    def Diff(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = request.urn.split("::")[2]
        account = json_format.MessageToDict(request.properties)["accountId"]
        url = f"{self.api}/accounts/{account}/{PATHS[kind].format(id=request.id)}"
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310 - loopback, in a test
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                context.abort(grpc.StatusCode.UNKNOWN, str(error))
            return proto.ReadResponse()
        kept = request.properties if found["success"] else None
        return proto.ReadResponse(id=request.id, properties=kept, inputs=request.inputs)


def main() -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Recorded(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
