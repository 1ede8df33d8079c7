"""What the state has of machines with containers."""

import json

IMAGE = f"docker.io/library/nginx:1.30.4@sha256:{'d' * 64}"


def state_of(host, ids, options=None):
    """Return resources as the state has them, of one machine."""
    urn = f"urn:pulumi:s::p::pulumi:providers:docker::{host}"
    inputs = {"host": f"unix://{host}"}
    if options:
        inputs["sshOpts"] = json.dumps(options)
    provider = {"urn": urn, "id": "p1", "inputs": inputs}
    kind = "chittyos:docker:DockerHost$docker:index/container:Container"
    made = [
        {
            "urn": f"urn:pulumi:s::p::{kind}::{known}",
            "id": known,
            "provider": f"{urn}::p1",
            "inputs": {"name": f"c-{known}", "image": IMAGE},
        }
        for known in ids
    ]
    return [provider, *made]
