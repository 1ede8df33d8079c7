"""A WebSocket takes the frames that wrangler does not mask, however the stream is cut."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from local.process.websocket import Masking

LENGTHS = (0, 1, 125, 126, 65535, 65536)
payloads = st.sampled_from(LENGTHS).map(lambda length: b"x" * length) | st.binary(max_size=300)
frames = st.lists(st.tuples(payloads, st.booleans()), min_size=1, max_size=4)


@given(frames, st.lists(st.integers(1, 70_000), max_size=6), st.booleans())
def test_every_frame_arrives_as_it_was_sent(sent, cuts, bytewise):
    stream = b"".join(
        Frame(Opcode.BINARY, payload).serialize(mask=masked) for payload, masked in sent
    )
    places = range(min(len(stream), 20)) if bytewise else sorted(cuts)
    masking, protocol = Masking(), ServerProtocol(state=OPEN)

    begin = 0
    for end in (*places, len(stream)):
        piece = masking.feed(stream[begin:end])
        if piece:
            protocol.receive_data(piece)
        begin = max(begin, end)

    assert protocol.parser_exc is None
    found = [event for event in protocol.events_received() if isinstance(event, Frame)]
    assert [bytes(frame.data) for frame in found] == [payload for payload, _ in sent]
