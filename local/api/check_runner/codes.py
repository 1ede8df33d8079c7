"""Codes of HTTP that a check takes for a sign of life: `200`, `2xx`, `200,301`."""

import re

_CODE = re.compile(r"[1-5](\d\d|\dx|xx)", re.IGNORECASE)


def split_codes(codes: str) -> list[str]:
    """Return the codes and ranges that *codes* lists between commas."""
    return [code.strip() for code in codes.split(",") if code.strip()]


def check_codes(codes: str) -> str:
    """Return *codes*. Raises `ValueError` for what is neither a code nor a range of codes."""
    for code in split_codes(codes):
        if not _CODE.fullmatch(code):
            raise ValueError(f"{code!r} is no code of HTTP; write 200, or 2xx for a range")
    return codes
