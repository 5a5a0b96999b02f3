"""Plain HTTP towards a tracking server, and what a check may demand of an answer. Nothing but the standard library."""
import http.client
import json
import os
import re
import urllib.parse
import uuid


class Answer:
    def __init__(self, asked, status, headers, data):
        self.asked, self.status, self.headers, self.data = asked, status, headers, data

    @property
    def text(self):
        return self.data.decode("utf-8", "replace")

    @property
    def body(self):
        try:
            return json.loads(self.data)
        except ValueError:
            return None

    def shown(self):
        return f"{self.asked} -> {self.status} {self.text[:600]}"

    def ok(self):
        """The body of an answer that is exactly 200 and a JSON object."""
        assert self.status == 200, self.shown()
        assert isinstance(self.body, dict), self.shown()
        return self.body

    def taken(self):
        """An upload that was taken: 200, whatever it says."""
        assert self.status == 200, self.shown()

    def refused(self, code, says=None, status=None):
        """The message of a refusal with this error code; `says` is a pattern found in it."""
        expected = status or {"RESOURCE_DOES_NOT_EXIST": 404, "NOT_IMPLEMENTED": 501}.get(code, 400)
        assert self.status == expected, f"{expected} expected: {self.shown()}"
        body = self.body
        assert isinstance(body, dict) and body.get("error_code") == code, f"{code} expected: {self.shown()}"
        message = body.get("message", "")
        assert says is None or re.search(says, message, re.S), f"/{says}/ expected: {self.shown()}"
        return message


class Wire:
    """One kept connection to `base`; the token, where there is one, goes with every request."""

    def __init__(self, base, token=None):
        parts = urllib.parse.urlsplit(base)
        self.host, self.prefix = parts.netloc, parts.path.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.connection = None

    def raw(self, method, path, data=None, headers=None):
        sent = {**self.headers, **(headers or {})}
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, timeout=60)
            try:
                self.connection.request(method, self.prefix + path, body=data, headers=sent)
                got = self.connection.getresponse()
                return Answer(f"{method} {path}", got.status, got.headers, got.read())
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise

    def send(self, method, path, body, version="2.0", area="mlflow"):
        data = json.dumps(body).encode()
        answer = self.raw(method, f"/api/{version}/{area}/{path}", data, {"Content-Type": "application/json"})
        answer.asked += f" {json.dumps(body)[:300]}"
        return answer

    def post(self, path, /, **body):
        return self.send("POST", path, body)

    def patch(self, path, /, **body):
        return self.send("PATCH", path, body)

    def delete(self, path, /, **body):
        return self.send("DELETE", path, body)

    def get(self, path, /, **query):
        words = urllib.parse.urlencode(query, doseq=True)
        return self.raw("GET", f"/api/2.0/mlflow/{path}{'?' + words if words else ''}")

    def ajax(self, path, query=(), version="2.0"):
        words = urllib.parse.urlencode(query, doseq=True)
        return self.raw("GET", f"/ajax-api/{version}/mlflow/{path}{'?' + words if words else ''}")

    # what most checks begin with

    def experiment(self, name=None, **more):
        return self.post("experiments/create", name=name or fresh("experiment"), **more).ok()["experiment_id"]

    def run(self, experiment=None, **more):
        asked = {"experiment_id": experiment or self.experiment(), "start_time": 1, **more}
        return self.post("runs/create", **asked).ok()["run"]["info"]["run_id"]

    def run_of(self, run_id):
        return self.get("runs/get", run_id=run_id).ok()["run"]

    def put_file(self, artifact_uri, path, data=b"x"):
        """Uploads beside an artifact address of the scheme mlflow-artifacts."""
        root = artifact_root(artifact_uri)
        answer = self.raw("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{root}/{path}", data)
        assert answer.status == 200, answer.shown()
        return f"{root}/{path}"

    def model(self, name=None, **more):
        name = name or fresh("model")
        self.post("registered-models/create", name=name, **more).ok()
        return name

    def source(self):
        """A folder with a file that a version may be made of, and its run."""
        run = self.run_of(self.run())["info"]
        self.put_file(run["artifact_uri"], "model/weights.bin")
        return f"{run['artifact_uri']}/model", run["run_id"]

    def version(self, name, source=None, **more):
        if source is None:
            source, more["run_id"] = self.source()
        asked = {"name": name, "source": source, **more}
        return self.post("model-versions/create", **asked).ok()["model_version"]


def artifact_root(uri):
    assert uri.startswith("mlflow-artifacts:/"), uri
    return uri.removeprefix("mlflow-artifacts:/").lstrip("/")


def fresh(word):
    return f"{word}-{uuid.uuid4().hex[:12]}"


def words(pairs):
    """Key-value pairs as a mapping."""
    return {pair["key"]: pair.get("value") for pair in pairs or []}


def pairs(mapping):
    return [{"key": key, "value": value} for key, value in mapping.items()]


def metric(key, value, timestamp=1, step=0, **more):
    return {"key": key, "value": value, "timestamp": timestamp, "step": step, **more}


def same(found, expected):
    assert found == expected, f"expected {expected!r:.400}, found {found!r:.600}"


def environment():
    return Wire(os.environ["TRACKING_URL"], os.environ.get("TRACKING_TOKEN"))
