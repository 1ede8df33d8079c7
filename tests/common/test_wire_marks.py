"""The marks of the wire are those of Pulumi's SDKs."""

from pulumi.runtime import rpc
from pulumi_policy import deserialize, proxy

from common import wire_marks


def test_the_marks_are_those_of_the_sdk():
    assert wire_marks.SIGNATURE == rpc._special_sig_key == deserialize.SPECIAL_SIG_KEY
    assert wire_marks.SECRET == rpc._special_secret_sig == deserialize.SPECIAL_SECRET_SIG
    assert wire_marks.ASSET == rpc._special_asset_sig == deserialize.SPECIAL_ASSET_SIG
    assert wire_marks.ARCHIVE == rpc._special_archive_sig == deserialize.SPECIAL_ARCHIVE_SIG
    assert rpc._special_output_value_sig == wire_marks.OUTPUT
    assert wire_marks.UNKNOWN == rpc.UNKNOWN


def test_every_value_that_the_sdk_takes_for_unknown_is_unknown():
    theirs = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")}

    assert theirs == wire_marks.UNKNOWNS
