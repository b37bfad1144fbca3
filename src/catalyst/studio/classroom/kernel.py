"""What is said to a kernel in its box, and what is believed of it. Depends on ``wire`` and ``outputs``.

A kernel can make outputs and hand over answers, no more; one that falls silent is stopped.
"""

import time

from catalyst.studio.classroom.box import Box
from catalyst.studio.classroom.outputs import Run, heard
from catalyst.studio.classroom.wire import CONTROL, OUTPUT, SHELL, Wire

START_SECONDS = 180
GRACE = 5.0  # seconds between asking a cell to stop and stopping the box
TIMES_KEPT = 5  # a submission may send so many times the output that is kept before a cell is asked to stop
MEGABYTE = 1_000_000


class Silent(Exception):
    """The box ended or the kernel does not answer any more."""


class Conversation:
    """A client of the kernel in a box."""

    def __init__(self, box: Box):
        self.box, self._wire = box, Wire(box)

    def open(self) -> None:
        """Wait until the kernel listens, and connect.

        Raises
        ------
        Silent
            If it never does.
        """
        deadline = time.monotonic() + START_SECONDS
        # The kernel makes this socket last of the three.
        while not (self.box.alive() and self.box.socket(CONTROL).exists()):
            self._still_there()
            if time.monotonic() > deadline:
                raise Silent(f"the box did not start: {self.box.said()}")
            time.sleep(0.005)
        self._wire.connect()
        asked = self._wire.send(SHELL, "kernel_info_request", {})
        while not any(self._wire.arrived(SHELL, asked)):
            self._still_there()
            if time.monotonic() > deadline:
                raise Silent("the kernel did not answer")
            self._wire.wait(0.05)

    def _still_there(self) -> None:
        if not self.box.alive():
            raise Silent(f"the box did not start: {self.box.said()}")

    def close(self) -> None:
        self._wire.close()

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
        asked = self._ask(code, silent)
        deadline, reply, idle = began + seconds, None, False
        size = [0, 0]
        # The reply may overtake the outputs: they are waited for a little, as the line may have been cut.
        while reply is None or (not idle and time.monotonic() < began + run.seconds + 1.0):
            self._wire.wait(0.1)
            for message in self._wire.arrived(OUTPUT, asked):
                idle = heard(run, message, size) or idle
            for message in self._wire.arrived(SHELL, asked):
                reply, run.seconds = message["content"], time.monotonic() - began
            if not self.box.alive():
                raise Silent(self.box.stopped or "ended")
            if reply is None:
                deadline = self._hurry(run, deadline)
        if not idle:
            run.cut = True
            self._listen_again()
        if reply.get("status") == "error":
            run.error = f"{str(reply.get('ename'))[:100]}: {str(reply.get('evalue'))[:400]}"
        return run

    def _ask(self, code: str, silent: bool) -> str:
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        return self._wire.send(SHELL, "execute_request", content)

    def _hurry(self, run: Run, deadline: float) -> float:
        """Ask a cell to stop that is too loud or too slow, and stop the box of one that does not.

        Returns
        -------
        float
            By when it must be over now.
        """
        now = time.monotonic()
        if not run.late and self._wire.received > self.box.limits.output * TIMES_KEPT * MEGABYTE:
            run.cut, deadline = True, now
        if now < deadline:
            return deadline
        if run.late:
            self.box.stop("time")
            raise Silent("time")
        run.late, self._wire.received = True, 0
        self._wire.send(CONTROL, "interrupt_request", {})
        return now + GRACE

    def _listen_again(self) -> None:
        """A message too large ended the line for outputs: draw a new one, and go on when it carries."""
        self._wire.again(OUTPUT)
        until = time.monotonic() + 2.0
        while time.monotonic() < until and self.box.alive():
            asked = self._wire.send(CONTROL, "kernel_info_request", {})
            self._wire.wait(0.1)
            if any(self._wire.arrived(OUTPUT, asked)):
                return
