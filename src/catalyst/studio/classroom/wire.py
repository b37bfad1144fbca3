"""The sockets of a kernel in its box: signed messages out, and what comes back, as far as it is in form.

Every message from a kernel is the word of the code that runs there: what is too large is dropped before it is
read, and what is not signed or not in form is left out. Depends on ``box``.
"""

import contextlib
from collections.abc import Iterator

import zmq
from jupyter_client.session import Session

from catalyst.studio.classroom.box import Box

LARGEST = 4_000_000  # bytes of one message; a larger one is dropped by the socket
AT_ONCE = 50  # messages read before anybody looks at the clock again
SHELL, OUTPUT, CONTROL = 1, 2, 4  # the numbers of a kernel's sockets


class Wire:
    """The lines to one kernel, with a context of their own so that nothing of them outlives the box."""

    def __init__(self, box: Box):
        self._box, self.received = box, 0  # bytes, since somebody last set it to nought
        self._session = Session(key=box.key.encode())
        self._context = zmq.Context()
        self._sockets: dict[int, zmq.Socket] = {}
        self._poller = zmq.Poller()

    def connect(self) -> None:
        """Draw the lines; the kernel's sockets must be there."""
        for number in (SHELL, OUTPUT, CONTROL):
            self._draw(number)

    def again(self, number: int) -> None:
        """A new line in the place of one that was cut."""
        self._poller.unregister(self._sockets[number])
        self._sockets.pop(number).close()
        self._draw(number)

    def _draw(self, number: int) -> None:
        socket = self._context.socket(zmq.SUB if number == OUTPUT else zmq.DEALER)
        socket.linger = 0
        socket.rcvhwm = 20
        socket.setsockopt(zmq.MAXMSGSIZE, LARGEST)
        if number == OUTPUT:
            socket.subscribe(b"")
        socket.connect(f"ipc://{self._box.socket(number)}")
        self._sockets[number] = socket
        if number != CONTROL:
            self._poller.register(socket, zmq.POLLIN)

    def close(self) -> None:
        self._context.destroy(linger=0)

    def send(self, number: int, kind: str, content: dict) -> str:
        """Send a message, and return the identity that an answer to it names."""
        return self._session.send(self._sockets[number], kind, content)["header"]["msg_id"]

    def wait(self, seconds: float) -> None:
        """Wait until something has come in, or so long."""
        self._poller.poll(int(seconds * 1000))

    def arrived(self, number: int, to: str) -> Iterator[dict]:
        """The messages that have come in and answer the one with this identity."""
        for _ in range(AT_ONCE):
            try:
                parts = self._sockets[number].recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.received += sum(map(len, parts))
            with contextlib.suppress(Exception):
                message = self._session.deserialize(self._session.feed_identities(parts)[1])
                if isinstance(message.get("content"), dict) and message["parent_header"].get("msg_id") == to:
                    yield message
