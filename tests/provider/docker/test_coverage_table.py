"""The document names every argument of every type once: changed, replaced for, or refused."""

import re

from provider.docker.coverage_table import table
from provider.docker.resources import TABLE


def test_every_argument_of_the_sdk_stands_in_the_table_once():
    rows = {row.split("|")[1].strip(" `"): row for row in table().splitlines()[2:]}

    assert set(rows) == {resource.name for resource in TABLE.values()}
    for resource in TABLE.values():
        listed = re.findall(r"\w+", rows[resource.name].partition("` |")[2].replace("none", ""))
        assert sorted(listed) == sorted(resource.types.inputs)
