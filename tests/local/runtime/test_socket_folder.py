"""Sockets that lie too deep for a path lie in a folder of their own, which goes with them."""

from local.runtime.workerd.socket_folder import LONGEST_PATH, SocketFolder


def test_a_folder_that_is_closed_twice_is_gone_once(tmp_path):
    folder = SocketFolder(tmp_path / ("d" * LONGEST_PATH), len("admin"))
    folder.listen("admin")
    assert folder.path.parent != tmp_path

    folder.close()
    folder.close()

    assert not folder.path.exists()
