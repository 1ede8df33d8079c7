"""Text as markup that nothing in it can leave."""

from html import escape

from ops.preview import untrusted_text


def text(value: str) -> str:
    """Return *value* for between tags and for attributes in double quotes.

    What controls, turns or hides text is taken out: XML has no form for it.
    """
    return escape(untrusted_text.clean(value, untrusted_text.LOOKED_AT), quote=True)


def exact(value: str) -> str:
    """Return *value*, which was cleaned before, for between tags; its blanks stay."""
    return escape(value, quote=True)


def attributes(**given: object) -> str:
    """Return attributes, in order; `_` stands for `-`, one at the end of a name for nothing."""
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(str(value))}"'
        for name, value in given.items()
        if value is not None
    )


def element(name: str, content: str = "", /, **given: object) -> str:
    """Return an element; *content* is markup already."""
    return f"<{name}{attributes(**given)}>{content}</{name}>"
