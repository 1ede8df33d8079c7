"""R2 buckets, with the browser access and the retention that belong to them."""

from collections.abc import Sequence
from typing import Annotated, Literal

import pulumi
from pydantic import AfterValidator, PositiveInt

from components.args import Args
from components.binding import Binding
from components.retention import keep
from components.sdk import cloudflare
from planning.origins import check_allowed_origin, check_allowed_origins

DAY = 24 * 60 * 60
"""R2 counts ages in seconds."""

Rule = cloudflare.R2BucketLifecycleRuleArgsDict
Method = Literal["GET", "HEAD", "PUT", "POST", "DELETE"]


class Cors(Args):
    """Which pages may reach a bucket from a browser, through its S3 or public address."""

    id: str
    """Name of the rule."""

    origins: Annotated[
        tuple[Annotated[str, AfterValidator(check_allowed_origin)], ...],
        AfterValidator(check_allowed_origins),
    ]
    """Pages that may: scheme://host[:port], at most one * and that in the host, or * alone."""

    methods: tuple[Method, ...] = ("GET", "HEAD")
    """What they may do. Default: read."""

    headers: tuple[str, ...] = ()
    """Request headers they may send beyond the plain ones. Default: none."""

    expose: tuple[str, ...] = ()
    """Response headers they may read beyond the plain ones. Default: none."""

    max_age_seconds: PositiveInt = 3600
    """How long a browser remembers the answer. Default: an hour."""


class Lifecycle(Args):
    """What happens to objects under one prefix, by age in days."""

    id: str
    """Name of the rule."""

    prefix: str
    """Beginning of the keys it is for. Empty: all."""

    delete_after: PositiveInt | None = None
    """Age at which objects are deleted. Default: never."""

    infrequent_after: PositiveInt | None = None
    """Age at which objects go to Infrequent Access. Default: never."""

    abort_uploads_after: PositiveInt | None = None
    """Age at which incomplete multipart uploads are aborted. Default: never."""


class BucketArgs(Args):
    """What one bucket is. The defaults give a private bucket that outlives its stack."""

    bucket: str
    """Its name in the account."""

    location: str | None = None
    """Where it lies: apac, eeur, enam, weur, wnam, oc. Default: close to who creates it."""

    cors: tuple[Cors, ...] = ()
    """Browser access. Default: none."""

    lifecycle: tuple[Lifecycle, ...] = ()
    """Rules by age; they replace Cloudflare's own (abort uploads after 7 days). Default: none."""

    retain: bool = True
    """Whether it is protected and stays when the stack goes. Default: it does."""


class Bucket(pulumi.ComponentResource):
    """A private R2 bucket.

    Children: the bucket under the name of the component, `<name>-lifecycle` and
    `<name>-managed-domain` always (neither has a delete: empty and off is how they leave),
    `<name>-cors` where *args* ask for it.
    """

    bucket_name: pulumi.Output[str]
    """Name of the bucket in the account."""

    def __init__(
        self,
        name: str,
        args: BucketArgs,
        *,
        account_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:Bucket", name, args.model_dump(), opts)
        bucket = cloudflare.R2Bucket(
            name,
            account_id=account_id,
            name=args.bucket,
            location=args.location,
            opts=keep(self, retain=args.retain),
        )
        self.bucket_name = bucket.name
        cloudflare.R2BucketLifecycle(
            f"{name}-lifecycle",
            account_id=account_id,
            bucket_name=bucket.name,
            rules=[_lifecycle(rule) for rule in args.lifecycle],
            opts=pulumi.ResourceOptions(parent=self),
        )
        cloudflare.R2ManagedDomain(
            f"{name}-managed-domain",
            account_id=account_id,
            bucket_name=bucket.name,
            enabled=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.cors:
            self._allow(name, args.cors, account_id)
        self.register_outputs({"bucketName": self.bucket_name})

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Nothing beyond the bucket itself."""
        return ()

    def binding(self, name: str) -> Binding:
        """Show the bucket to a worker as `env.<name>`."""
        return {"name": name, "type": "r2_bucket", "bucket_name": self.bucket_name}

    def _allow(self, name: str, cors: tuple[Cors, ...], account_id: pulumi.Input[str]) -> None:
        cloudflare.R2BucketCors(
            f"{name}-cors",
            account_id=account_id,
            bucket_name=self.bucket_name,
            rules=[_cors(rule) for rule in cors],
            opts=pulumi.ResourceOptions(parent=self),
        )


def _cors(rule: Cors) -> cloudflare.R2BucketCorsRuleArgsDict:
    return {
        "id": rule.id,
        "allowed": {
            "origins": list(rule.origins),
            "methods": list(rule.methods),
            "headers": list(rule.headers),
        },
        "expose_headers": list(rule.expose),
        "max_age_seconds": rule.max_age_seconds,
    }


def _lifecycle(rule: Lifecycle) -> Rule:
    made: Rule = {"id": rule.id, "enabled": True, "conditions": {"prefix": rule.prefix}}
    if rule.delete_after:
        made["delete_objects_transition"] = {
            "condition": {"type": "Age", "max_age": rule.delete_after * DAY}
        }
    if rule.infrequent_after:
        made["storage_class_transitions"] = [
            {
                "condition": {"type": "Age", "max_age": rule.infrequent_after * DAY},
                "storage_class": "InfrequentAccess",
            }
        ]
    if rule.abort_uploads_after:
        made["abort_multipart_uploads_transition"] = {
            "condition": {"type": "Age", "max_age": rule.abort_uploads_after * DAY}
        }
    return made
