"""A Jupyter server in a folder, and a way to ask it for pages."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TOKEN = "for-this-test-alone"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def asker(base: str, token: str):
    """A function that asks for a page under an address and gives its text."""

    def ask(path: str, content: bytes | None = None, method: str | None = None) -> str:
        headers = {"Authorization": f"token {token}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(f"{base}/{path}", content, headers, method=method)
        # This machine's own address, whatever proxy the environment names.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=120) as page:
            return page.read().decode("utf-8")

    return ask


def wait_for(ask, path: str, process: subprocess.Popen, seconds: float = 600) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + seconds
    while True:
        assert process.poll() is None, "the server ended"
        try:
            ask(path)
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until, "the server did not answer"
            time.sleep(0.3)


@contextlib.contextmanager
def jupyter(folder: Path):
    """A Jupyter server that was started in a course folder, as an instructor starts JupyterLab there."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "jupyter_server",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
    ]
    command += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.open_browser=False", "--allow-root"]
    own = {"JUPYTER_RUNTIME_DIR": str(folder / ".runtime"), "JUPYTER_CONFIG_DIR": str(folder / ".config")}
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | own | {"PATH": scripts}, stdout=log, stderr=log
        )
        ask = asker(f"http://127.0.0.1:{port}", TOKEN)
        try:
            wait_for(ask, "api", process)
            yield ask
        finally:
            process.terminate()
            process.wait(30)


class Place:
    """A person's own server behind a hub; called like the function that asks the hub."""

    def __init__(self, ask, prefix: str):
        self._ask, self._prefix = ask, prefix

    def __call__(self, path: str, content: bytes | None = None, method: str | None = None) -> str:
        return self._ask(f"{self._prefix}/{path}", content, method)

    def wait(self, seconds: float = 240) -> None:
        """Wait until it has started."""
        until = time.monotonic() + seconds
        while True:
            try:
                self("api/contents")
                return
            except (urllib.error.URLError, OSError, ValueError):
                assert time.monotonic() < until, f"{self._prefix} did not start"
                time.sleep(0.5)
