"""Lists of addresses of an account, which rules of its zones know by name."""

from typing import Annotated

import pulumi
from pydantic import AfterValidator, Field

from components.args import Args
from components.sdk import cloudflare
from planning.address_lists import check_addresses, check_name


class AddressListArgs(Args):
    """What one list is."""

    name: Annotated[str, AfterValidator(check_name)]
    """Its name in the account; rules say `ip.src in $name`."""

    addresses: Annotated[tuple[str, ...], AfterValidator(check_addresses)]
    """Addresses and networks, in any order."""

    description: str = Field(default="", max_length=500)
    """What it is there for, for people. Default: nothing is said."""


class AddressList(pulumi.ComponentResource):
    """A list of addresses. Child: the list under the name of the component.

    Rules name it in a text, in which the engine sees no dependency: give this to `after` of what
    has the rules, or the list may go before them, which Cloudflare refuses.
    """

    list_id: pulumi.Output[str]
    """Id of the list."""

    def __init__(
        self,
        name: str,
        args: AddressListArgs,
        *,
        account_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("chittyos:cloudflare:AddressList", name, args.model_dump(), opts)
        made = cloudflare.List(
            name,
            account_id=account_id,
            kind="ip",
            name=args.name,
            description=args.description,
            items=[{"ip": address} for address in sorted(args.addresses)],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.list_id = made.id
        self.register_outputs({"listId": self.list_id})
