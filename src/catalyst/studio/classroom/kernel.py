"""What is said to a kernel in its box, and what is believed of it. Depends on ``box`` and ``outputs``.

Every message from a kernel is the word of the code that runs there. It can make outputs and hand over
answers, no more; what is too large is dropped before it is read, and a kernel that falls silent is stopped.
"""

import contextlib
import time

import zmq
from jupyter_client.session import Session

from catalyst.studio.classroom.box import Box
from catalyst.studio.classroom.outputs import Run, heard

LARGEST = 4_000_000  # bytes of one message; a larger one is dropped by the socket
START_SECONDS = 180
GRACE = 5.0  # seconds between asking a cell to stop and stopping the box


class Silent(Exception):
    """The box ended or the kernel does not answer any more."""


class Conversation:
    """A client of the kernel in a box, with its own context so that nothing of it outlives the box."""

    def __init__(self, box: Box):
        self.box = box
        self._session = Session(key=box.key.encode())
        self._context = zmq.Context()
        self._received = 0
        self._shell = self._io = self._control = None

    def open(self) -> None:
        """Wait until the kernel listens, and connect.

        Raises
        ------
        Silent
            If it never does.
        """
        deadline = time.monotonic() + START_SECONDS
        while not (self.box.alive() and self.box.socket(4).exists()):
            if not self.box.alive() or time.monotonic() > deadline:
                raise Silent(f"the box did not start: {self.box.said()}")
            time.sleep(0.005)
        self._shell, self._control = (self._socket(zmq.DEALER, number) for number in (1, 4))
        self._io = self._socket(zmq.SUB, 2)
        asked = self._session.send(self._shell, "kernel_info_request", {})
        while self._reply(asked, min(deadline, time.monotonic() + 0.5)) is None:
            if time.monotonic() > deadline:
                raise Silent("the kernel did not answer")

    def _socket(self, kind: int, number: int) -> zmq.Socket:
        socket = self._context.socket(kind)
        socket.linger = 0
        socket.rcvhwm = 20
        socket.setsockopt(zmq.MAXMSGSIZE, LARGEST)
        if kind == zmq.SUB:
            socket.subscribe(b"")
        socket.connect(f"ipc://{self.box.socket(number)}")
        return socket

    def close(self) -> None:
        self._context.destroy(linger=0)

    def execute(self, code: str, seconds: float, silent: bool = False) -> Run:
        """Run one cell.

        Parameters
        ----------
        code : str
        seconds : float
            After these it is asked to stop, and if it does not the box is stopped.
        silent : bool
            Whether it is ours: no number and no outputs.

        Raises
        ------
        Silent
            If the box is stopped meanwhile; outputs until then are lost, answers handed over before are not.
        """
        run, began = Run(), time.monotonic()
        asked = self._session.send(
            self._shell,
            "execute_request",
            {
                "code": code,
                "silent": silent,
                "store_history": not silent,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": False,
            },
        )
        identity = asked["header"]["msg_id"]
        deadline, reply, idle = began + seconds, None, None
        size = [0, 0]
        while reply is None or (idle is None and time.monotonic() < began + run.seconds + 1.0):
            self._wait(0.1)
            for message in self._arrived(self._io):
                if message["parent_header"].get("msg_id") == identity:
                    idle = heard(run, message, size) or idle
            for message in self._arrived(self._shell):
                if message["parent_header"].get("msg_id") == identity:
                    reply, run.seconds = message, time.monotonic() - began
            if not self.box.alive():
                raise Silent(self.box.stopped or "ended")
            if reply is None and not run.late and self._received > self.box.limits.output * 5_000_000:
                run.cut, deadline = True, time.monotonic()
            if reply is None and time.monotonic() > deadline:
                if run.late:
                    self.box.stop("time")
                    raise Silent("time")
                run.late, deadline = True, time.monotonic() + GRACE
                self._received = 0
                self._session.send(self._control, "interrupt_request", {})
        if idle is None:
            run.cut = True
            self._listen_again()
        content = reply["content"]
        if content.get("status") == "error":
            run.error = f"{str(content.get('ename'))[:100]}: {str(content.get('evalue'))[:400]}"
        return run

    def _listen_again(self) -> None:
        """A message too large ended the line for outputs: draw a new one, and go on when it carries."""
        self._io.close()
        self._io = self._socket(zmq.SUB, 2)
        until = time.monotonic() + 2.0
        while time.monotonic() < until and self.box.alive():
            asked = self._session.send(self._control, "kernel_info_request", {})
            self._wait(0.1)
            for message in self._arrived(self._io):
                if message["parent_header"].get("msg_id") == asked["header"]["msg_id"]:
                    return

    # --- what arrives ------------------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        poller = zmq.Poller()
        for socket in (self._io, self._shell):
            poller.register(socket, zmq.POLLIN)
        poller.poll(int(seconds * 1000))

    def _arrived(self, socket: zmq.Socket):
        """The messages that have come in, those not signed or not in form left out."""
        for _ in range(50):
            try:
                parts = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._received += sum(map(len, parts))
            with contextlib.suppress(Exception):
                message = self._session.deserialize(self._session.feed_identities(parts)[1])
                if isinstance(message.get("parent_header"), dict) and isinstance(
                    message.get("content"), dict
                ):
                    yield message

    def _reply(self, asked: dict, until: float) -> dict | None:
        while time.monotonic() < until:
            self._wait(0.05)
            for message in self._arrived(self._shell):
                if message["parent_header"].get("msg_id") == asked["header"]["msg_id"]:
                    return message
            if not self.box.alive():
                raise Silent(f"the box did not start: {self.box.said()}")
        return None
