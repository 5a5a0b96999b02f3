"""
A pytest plugin that lets MLflow's own tests of its REST server run, unmodified, against Lazurite. Their tests are no part
of this repository, nor of MLflow's packages: README.md here says how they are run and what came of it.

Each server their tests start becomes a Lazurite of its own, with a fresh home and its owner's token in every request.
"""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

import requests

SERVER = pathlib.Path(__file__).parents[3] / "packages/cli/dist/server.mjs"
tokens = {}
plain_send = requests.Session.send


def send(self, request, **more):
    token = tokens.get(urllib.parse.urlsplit(request.url).port)
    if token and "Authorization" not in request.headers:
        request.headers["Authorization"] = f"Bearer {token}"
    return plain_send(self, request, **more)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(port, artifact_root=None):
    """A server on this port; `file://` roots are handed to clients as they are, which is what their tests look at."""
    home = tempfile.mkdtemp(prefix="laz-own-tests-")
    env = {**os.environ, "LAZ_LOG_LEVEL": "error", "LAZ_WEBHOOK_PRIVATE_HOSTS": "1", "LAZ_ENVIRONMENT": "host"}
    if artifact_root and artifact_root.startswith("file:"):
        env["LAZ_ARTIFACT_ROOT"] = artifact_root
    server = subprocess.Popen(["node", str(SERVER), "--home", home, "--port", str(port)], env=env)
    server.home = home
    note = pathlib.Path(home, "server.json")
    for _ in range(1000):
        if note.exists():
            break
        if server.poll() is not None:
            raise RuntimeError("the server ended")
        time.sleep(0.03)
    tokens[port] = os.environ["MLFLOW_TRACKING_TOKEN"] = json.loads(note.read_text())["token"]
    return server


def stop(server):
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
    shutil.rmtree(server.home, ignore_errors=True)


class ServerThread:
    def __init__(self, app, port):
        self.port = free_port()

    def __enter__(self):
        import mlflow
        from mlflow.server import handlers

        self.server = start(self.port, getattr(handlers._tracking_store, "artifact_root_uri", None))
        url = f"http://127.0.0.1:{self.port}"
        mlflow.set_tracking_uri(url)
        mlflow.set_registry_uri(url)
        return url

    def __exit__(self, *_):
        stop(self.server)


@contextlib.contextmanager
def init_server(backend_uri, root_artifact_uri, extra_env=None, app=None, server_type=None):
    port = free_port()
    server = start(port, root_artifact_uri)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(server)


def launch_server(host, port, backend_store_uri, default_artifact_root, artifacts_destination):
    server = start(port, default_artifact_root)
    end = server.kill

    def kill():
        end()
        shutil.rmtree(server.home, ignore_errors=True)

    server.kill = kill
    return server


def pytest_configure(config):
    import tests.tracking.integration_test_utils as seams

    requests.Session.send = send
    seams.ServerThread, seams._init_server = ServerThread, init_server


def pytest_collection_finish(session):
    import sys

    artifacts = sys.modules.get("tests.tracking.test_mlflow_artifacts")
    if artifacts:
        artifacts._launch_server = launch_server
