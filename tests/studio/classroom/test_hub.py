"""A real JupyterHub on this machine: a class from release to marks.

Slow, and not part of what learners install: JupyterHub comes from the package index and its proxy from npm,
both into a folder that is thrown away. Every server listens on the loopback address alone.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sample_class as sample
import server

from catalyst import paths
from catalyst.studio.classroom import gradebook, walls
from catalyst.studio.classroom.folder import open_course

WANTED = Path(__file__).parent / "hub"  # requirements.txt for pip, package.json for npm
ADMIN = "a-token-of-this-test-alone"
PEOPLE = ("teacher", "ann", "bob")
CONFIG = """
import sys
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite:///{place}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{place}/cookie_secret"
c.ConfigurableHTTPProxy.command = ["node", "{proxy}"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = "{place}/proxy.pid"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{place}/homes/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser", "--allow-root"]
c.Spawner.notebook_dir = "{place}/homes/{{username}}"
c.Spawner.start_timeout = c.Spawner.http_timeout = 240
c.Spawner.env_keep = ["PATH", "PYTHONPATH", "LANG"]
c.Spawner.environment = {{
    "JUPYTER_CONFIG_DIR": lambda spawner: "{place}/config/" + spawner.user.name,
    "JUPYTER_DATA_DIR": lambda spawner: "{place}/homes/" + spawner.user.name + "/.jupyter-data",
}}
c.JupyterHub.services = [{{"name": "test", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{
        "name": "test",
        "services": ["test"],
        "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"],
    }},
]
"""


def nbgrader_config(place: Path, person: str) -> str:
    """nbgrader's configuration of one person on the hub."""
    lines = [
        "c = get_config()",
        f"c.Exchange.root = {str(place / 'exchange')!r}",
        "c.CourseDirectory.course_id = 'catalyst'",
    ]
    if person == "teacher":
        lines.append(f"c.CourseDirectory.root = {str(place / 'homes' / 'teacher' / 'course')!r}")
    else:
        # One account of the system runs all servers here, so nbgrader cannot read from it who somebody is.
        lines.append(f"c.CourseDirectory.student_id = {person!r}")
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def hub(place: Path):
    """A hub with its proxy; gives a function that asks it."""
    # Whoever runs this often names a folder in CATALYST_HUB, in which what was installed is kept.
    kept = Path(os.environ.get("CATALYST_HUB", place))
    library, proxy = kept / "library", kept / "proxy"
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    pins = paths.root() / "requirements.txt"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "-q",
        "install",
        "--target",
        str(library),
    ]
    if not library.is_dir():
        subprocess.run([*pip, "-c", str(pins), "-r", str(WANTED / "requirements.txt")], **quiet)
    if not proxy.is_dir():
        proxy.mkdir(parents=True)
        shutil.copyfile(WANTED / "package.json", proxy / "package.json")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=proxy, **quiet)
    ports = {name: server.free_port() for name in ("port", "hub_port", "proxy_port")}
    script = proxy / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    config = place / "jupyterhub_config.py"
    config.write_text(CONFIG.format(place=place, proxy=script, token=ADMIN, **ports), encoding="utf-8")
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        # The course's own packages come first: the hub brings copies of some of them along.
        "PYTHONPATH": os.pathsep.join([str(paths.root() / "src"), *site_packages(), str(library)]),
        "CONFIGPROXY_AUTH_TOKEN": ADMIN,
    }
    with (place / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            cwd=place,
            env=environment,
            stdout=log,
            stderr=log,
        )
        ask = server.asker(f"http://127.0.0.1:{ports['port']}", ADMIN)
        try:
            server.wait_for(ask, "hub/api/", process)
            yield ask
        finally:
            process.terminate()
            process.wait(60)


def site_packages() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")]


def start(ask, person: str):
    """Start a person's server and wait for it; gives a function that asks it."""
    ask(f"hub/api/users/{person}", b"", "POST")
    ask(f"hub/api/users/{person}/server", b"{}", "POST")
    mine = server.Place(ask, f"user/{person}")
    mine.wait()
    return mine


@pytest.mark.slow
def test_a_class_on_a_hub_from_release_to_marks(tmp_path):
    for command in ("node", "npm"):
        if not shutil.which(command):
            pytest.skip(f"{command} is not installed")
    if walls.why_not():
        pytest.skip(walls.why_not())
    for person in PEOPLE:
        config = tmp_path / "config" / person
        config.mkdir(parents=True)
        (config / "nbgrader_config.py").write_text(nbgrader_config(tmp_path, person), encoding="utf-8")
        (tmp_path / "homes" / person).mkdir(parents=True)
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    folder = sample.make(tmp_path / "homes" / "teacher" / "course", [{"id": "ann"}, {"id": "bob"}])
    gradebook.prepare(open_course(folder))
    with hub(tmp_path) as ask:
        teacher, *students = [start(ask, person) for person in PEOPLE]
        assert json.loads(teacher("formgrader/api/assignment/t1/release", b"", "POST"))["success"]
        what = {"course_id": "catalyst", "assignment_id": "t1"}
        for student, right in zip(students, (range(1, 6), (2,)), strict=True):
            listed = json.loads(student("assignments?course_id=catalyst"))
            assert [one["status"] for one in listed["value"]] == ["released"]
            student("assignments/fetch", json.dumps(what).encode(), "POST")
            notebook = json.loads(student("api/contents/t1/t1.ipynb"))["content"]
            # The data came along, as a student needs them.
            assert json.loads(student("api/contents/t1/data/synthetic"))["content"]
            for number in right:
                answer = sample.answer_cell(notebook, number)
                answer["source"] = f"{sample.NAMES[number - 1]} = {sample.right(number)}"
            content = json.dumps({"type": "notebook", "content": notebook}).encode()
            student("api/contents/t1/t1.ipynb", content, "PUT")
            handed = json.loads(student("assignments/submit", json.dumps(what).encode(), "POST"))
            assert handed["success"]
        assert json.loads(teacher("formgrader/api/assignment/t1/collect", b"", "POST"))["success"]
        command = [sys.executable, "-m", "catalyst.cli", "mark", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        listed = {
            one["student"]: one["score"] for one in json.loads(teacher("formgrader/api/submissions/t1"))
        }
    assert listed == {"ann": 13, "bob": 2}
