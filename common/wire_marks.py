"""How Pulumi's engine marks values on the wire: secrets, assets, and what is not known yet.

The SDKs have the same marks, but importing one for seven texts takes a quarter of a second of every
plugin and pack; a test holds both equal.
"""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key under which an object says that it stands for something else, and for what."""

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of all secrets, and none itself
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for any value in a property, and for a text where the engine knows that it is one."""

UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # true or false
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # a file
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
