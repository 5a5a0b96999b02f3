"""The artifact proxy and what lists files."""
import json
import urllib.parse

from suite import check, rows
from wire import artifact_root, fresh, same

PROXY = "/api/2.0/mlflow-artifacts"


def home(api):
    return api.run_of(api.run())["info"]


def put(api, root, path, data=b"x", **headers):
    return api.raw("PUT", f"{PROXY}/artifacts/{root}/{urllib.parse.quote(path)}", data, headers)


def read(api, root, path):
    return api.raw("GET", f"{PROXY}/artifacts/{root}/{urllib.parse.quote(path)}")


def listed(api, path):
    return api.raw("GET", f"{PROXY}/artifacts?path={urllib.parse.quote(path)}").ok().get("files", [])


@rows("a file {1} comes back as it went", [
    (b"hello", "of text"), (b"", "without bytes"), (bytes(range(256)) * 400, "of bytes"), (b"x" * 3_000_000, "of 3 MB"),
], "artifacts")
def _(api, data, _how):
    root = artifact_root(home(api)["artifact_uri"])
    put(api, root, "a/file.bin", data).taken()
    answer = read(api, root, "a/file.bin")
    assert answer.status == 200 and answer.data == data, (answer.status, len(answer.data))


@rows("a file may be named {0}", [("with space.txt",), ("ünïcode-名.txt",), ("a+b.txt",), ("a&b=c.txt",), ("UPPER.TXT",), (".hidden",), ("noextension",), ("a'b.txt",), ("x" * 200,), ("100.0%",) if False else ("a,b(c).txt",)], "artifacts")
def _(api, name):
    info = home(api)
    root = artifact_root(info["artifact_uri"])
    put(api, root, f"d/{name}", b"abc").taken()
    same(read(api, root, f"d/{name}").data, b"abc")
    same([f["path"] for f in listed(api, f"{root}/d")], [name])


@check("a file sent again replaces the first")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    for data in (b"first", b"2nd"):
        put(api, root, "f", data).taken()
    same(read(api, root, "f").data, b"2nd")


@check("a file in chunks is taken")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    answer = api.raw("PUT", f"{PROXY}/artifacts/{root}/f", iter([b"abc", b"def"]))
    answer.taken()
    same(read(api, root, "f").data, b"abcdef")


@rows("{0} comes as {1}", [
    ("a.txt", "text/plain"), ("a.json", "text/plain"), ("a.yaml", "text/plain"), ("a.py", "text/plain"), ("a.csv", "text/plain"), ("a.md", "text/plain"), ("MLmodel", "text/plain"),
    ("a.png", "image/png"), ("a.bin", "application/octet-stream"), ("a.html", "text/"), ("a", "application/octet-stream"), ("a.log", "text/plain"), ("a.xml", "text/plain"),
], "artifacts")
def _(api, name, kind):
    root = artifact_root(home(api)["artifact_uri"])
    put(api, root, name).taken()
    answer = read(api, root, name)
    assert answer.headers["Content-Type"].startswith(kind), answer.headers["Content-Type"]
    same(answer.headers["X-Content-Type-Options"], "nosniff")
    assert answer.headers["Content-Disposition"].startswith("attachment"), answer.headers["Content-Disposition"]


@check("a file that is not there")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    answer = read(api, root, "none")
    assert answer.status == 404, answer.shown()


@check("a folder lists its files and folders by their last names")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    for path in ("a.txt", "d/b.txt", "d/e/c.txt"):
        put(api, root, path, b"12345").taken()
    same(sorted((f["path"], f["is_dir"], f.get("file_size")) for f in listed(api, root)), [("a.txt", False, 5), ("d", True, None)])
    same(sorted((f["path"], f["is_dir"]) for f in listed(api, f"{root}/d")), [("b.txt", False), ("e", True)])


@rows("{1} lists nothing", [("none", "a folder that is not there"), ("a.txt", "a file")], "artifacts")
def _(api, path, _how):
    root = artifact_root(home(api)["artifact_uri"])
    put(api, root, "a.txt").taken()
    same(listed(api, f"{root}/{path}"), [])


@check("a file is deleted")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    put(api, root, "d/a.txt").taken()
    put(api, root, "d/b.txt").taken()
    same(api.raw("DELETE", f"{PROXY}/artifacts/{root}/d/a.txt").ok(), {})
    same([f["path"] for f in listed(api, f"{root}/d")], ["b.txt"])


@check("a folder is deleted with all in it")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    for path in ("d/a.txt", "d/e/b.txt", "keep.txt"):
        put(api, root, path).taken()
    same(api.raw("DELETE", f"{PROXY}/artifacts/{root}/d").ok(), {})
    same([f["path"] for f in listed(api, root)], ["keep.txt"])


@check("what is not there may be deleted")
def _(api):
    same(api.raw("DELETE", f"{PROXY}/artifacts/{artifact_root(home(api)['artifact_uri'])}/none").ok(), {})


CLIMBING = ["../../etc/passwd", "a/../../../b", "%2e%2e/%2e%2e/x", "%252e%252e/x", "..%2f..%2fx", "a%00b" if False else "..%5c..%5cx", "%25252e%25252e/x", "a/..", ".." ]


@rows("{1} {0} is refused", [(path, method) for path in CLIMBING for method in ("GET", "PUT", "DELETE")], "artifacts")
def _(api, path, method):
    answer = api.raw(method, f"{PROXY}/artifacts/{path}", b"x" if method == "PUT" else None)
    assert answer.status in (400, 403, 404, 405), answer.shown()
    assert b"root:" not in answer.data, "a file of the server"


@rows("listing {0} is refused", [("../..",), ("/etc",), ("file:///etc",), ("a/../../b",), ("%2e%2e/x",), ("..",), ("..\\..",), ("a#b",) if False else ("a/..",)], "artifacts")
def _(api, path):
    answer = api.raw("GET", f"{PROXY}/artifacts?path={urllib.parse.quote(path)}")
    same([answer.status in (400, 403, 404) or not (answer.body or {}).get("files"), b"passwd" in answer.data], [True, False])


@check("a run lists its files with their paths in the run")
def _(api):
    info = home(api)
    for path in ("a.txt", "d/b.txt", "d/e/c.txt"):
        api.put_file(info["artifact_uri"], path, b"123")
    body = api.get("artifacts/list", run_id=info["run_id"]).ok()
    same(body["root_uri"], info["artifact_uri"])
    same(sorted((f["path"], f["is_dir"], f.get("file_size")) for f in body["files"]), [("a.txt", False, 3), ("d", True, None)])
    body = api.get("artifacts/list", run_id=info["run_id"], path="d").ok()
    same(sorted((f["path"], f["is_dir"]) for f in body["files"]), [("d/b.txt", False), ("d/e", True)])


@check("a run without files lists none")
def _(api):
    same(api.get("artifacts/list", run_id=api.run()).ok().get("files", []), [])


@check("a run's file lists nothing")
def _(api):
    info = home(api)
    api.put_file(info["artifact_uri"], "a.txt")
    same(api.get("artifacts/list", run_id=info["run_id"], path="a.txt").ok().get("files", []), [])


@check("files of a run that is not there")
def _(api):
    api.get("artifacts/list", run_id="f" * 32).refused("RESOURCE_DOES_NOT_EXIST")


@rows("listing {0} of a run is refused", [("..",), ("../x",), ("/etc",), ("a/../../b",), ("%2e%2e",), ("file:///etc",), ("..%2f..",)], "artifacts")
def _(api, path):
    api.get("artifacts/list", run_id=api.run(), path=path).refused("INVALID_PARAMETER_VALUE")


@check("a page downloads a file of a run")
def _(api):
    info = home(api)
    api.put_file(info["artifact_uri"], "d/a.txt", b"abc")
    answer = api.raw("GET", f"/get-artifact?run_id={info['run_id']}&path=d%2Fa.txt")
    same([answer.status, answer.data, answer.headers["X-Content-Type-Options"]], [200, b"abc", "nosniff"])
    answer = api.raw("GET", f"/get-artifact?run_uuid={info['run_id']}&path=d%2Fa.txt")
    same(answer.status, 200)


@rows("a page downloads nothing at {0}", [("../x",), ("%2e%2e/x",), ("/etc/passwd",)], "artifacts")
def _(api, path):
    answer = api.raw("GET", f"/get-artifact?run_id={api.run()}&path={urllib.parse.quote(path)}")
    answer.refused("INVALID_PARAMETER_VALUE")


@check("a page downloads a file of a version")
def _(api):
    name = api.model()
    api.version(name)
    answer = api.raw("GET", f"/model-versions/get-artifact?name={name}&version=1&path=weights.bin")
    same([answer.status, answer.data], [200, b"x"])


@check("a page uploads a file to a run")
def _(api):
    info = home(api)
    answer = api.raw("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={info['run_id']}&path=d/a.txt", b"abc", {"Content-Type": "application/octet-stream"})
    same(answer.status, 200)
    same(read(api, artifact_root(info["artifact_uri"]), "d/a.txt").data, b"abc")


@rows("a page uploads nothing {1}", [("path=a", "without a run"), ("run_uuid=R", "without a path"), ("run_uuid=R&path=../a", "that climbs")], "artifacts")
def _(api, query, _how):
    query = query.replace("R", api.run())
    api.raw("POST", f"/ajax-api/2.0/mlflow/upload-artifact?{query}", b"abc").refused("INVALID_PARAMETER_VALUE")


@check("an upload in parts works, or says that there is none")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    body = json.dumps({"path": "a.bin", "num_parts": 2}).encode()
    answer = api.raw("POST", f"{PROXY}/mpu/create/{root}", body, {"Content-Type": "application/json"})
    if answer.status == 200:
        same([c["part_number"] for c in answer.body["credentials"]], [1, 2])
    else:
        answer.refused("NOT_IMPLEMENTED", "^Multipart upload is not supported for the current artifact repository")


@check("an upload in parts is put together")
def _(api):
    import urllib.request
    root = artifact_root(home(api)["artifact_uri"])
    send = lambda verb, body: api.raw("POST", f"{PROXY}/mpu/{verb}/{root}", json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: E731
    made = send("create", {"path": "a.bin", "num_parts": 2}).ok()
    parts = []
    for credential, data in zip(made["credentials"], (b"a" * 1000, b"b" * 10)):
        asked = urllib.request.Request(credential["url"], data=data, method="PUT", headers=credential.get("headers") or {})
        with urllib.request.urlopen(asked) as got:
            parts.append({"part_number": credential["part_number"], "etag": got.headers.get("ETag", ""), "url": credential["url"]})
    same(send("complete", {"path": "a.bin", "upload_id": made["upload_id"], "parts": parts}).ok(), {})
    same(read(api, root, "a.bin").data, b"a" * 1000 + b"b" * 10)


@check("an address for downloads in ranges, or none")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    put(api, root, "a.bin", b"0123456789").taken()
    answer = api.raw("GET", f"{PROXY}/presigned/{root}/a.bin")
    if answer.status == 200:
        same(answer.body["file_size"], 10)
    else:
        assert answer.status in (404, 501), answer.shown()


@check("a signed address takes one file of a run")
def _(api):
    import urllib.request
    info = home(api)
    made = api.post("artifacts/presigned-upload-url", run_id=info["run_id"], path="signed/a.bin").ok()
    asked = urllib.request.Request(made["presigned_url"], data=b"abc", method="PUT", headers=made.get("headers") or {})
    with urllib.request.urlopen(asked) as got:
        assert got.status in (200, 201)
    same(read(api, artifact_root(info["artifact_uri"]), "signed/a.bin").data, b"abc")
    assert fresh("x")


@check("a part of a file is handed out when a range asks for it")
def _(api):
    root = artifact_root(home(api)["artifact_uri"])
    put(api, root, "a.bin", b"0123456789").taken()
    answer = api.raw("GET", f"{PROXY}/artifacts/{root}/a.bin", None, {"Range": "bytes=2-4"})
    same([answer.status, answer.data], [206, b"234"])
