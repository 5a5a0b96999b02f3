"""Drives the storage of a workspace with the official clients, unmodified. Prints one line a check that passed."""

import hashlib
import io
import json
import os
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import (
    BlobClient,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContentSettings,
    generate_blob_sas,
)

facts = json.loads(sys.stdin.read())
account_url = f"{facts['url']}/{facts['account']}"
container = ContainerClient.from_container_url(f"{account_url}/{facts['container']}?{facts['sas']}")


def passed(what):
    print(f"passed {what}", flush=True)


def refuses(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}")


def small():
    blob = container.get_blob_client("small/ä b+c.txt")
    settings = ContentSettings(content_type="text/plain", cache_control="no-store")
    blob.upload_blob(b"hello", metadata={"upload_status": "completed", "name": "x"}, content_settings=settings)
    error = refuses(ResourceExistsError, lambda: blob.upload_blob(b"other"))
    assert error.error_code == "BlobAlreadyExists", error.error_code
    blob.upload_blob(b"hello again", overwrite=True, validate_content=True)
    assert blob.download_blob(validate_content=True).readall() == b"hello again"
    assert blob.download_blob(offset=6, length=5).readall() == b"again"
    blob.set_blob_metadata({"upload_status": "completed", "version": "1"})
    properties = blob.get_blob_properties()
    assert properties.metadata == {"upload_status": "completed", "version": "1"}, properties.metadata
    assert properties.size == 11 and properties.blob_type == "BlockBlob"
    refuses(HttpResponseError, lambda: blob.upload_blob(b"x", overwrite=True, etag="0x1", match_condition=only_if_same()))
    passed("small blobs")


def only_if_same():
    from azure.core import MatchConditions

    return MatchConditions.IfNotModified


def empty():
    blob = container.get_blob_client("empty")
    blob.upload_blob(b"")
    assert blob.download_blob().readall() == b""
    assert blob.get_blob_properties().size == 0
    passed("empty blobs")


def large():
    body = os.urandom(70 * 1024 * 1024)
    blob = container.get_blob_client("large.bin")
    blob.upload_blob(io.BytesIO(body), max_concurrency=4, validate_content=True)
    back = blob.download_blob(max_concurrency=4, validate_content=True).readall()
    assert hashlib.sha256(back).digest() == hashlib.sha256(body).digest()
    blob.delete_blob()
    refuses(ResourceNotFoundError, blob.get_blob_properties)
    passed("large blobs in blocks")


def listing():
    names = ["l/a.txt", "l/b&<c>.txt", "l/d/e.txt", "l/d/f#g?.txt", "l/100%.txt", "l/q'\".txt", "l/ü/ß"]
    for name in names:
        container.upload_blob(name, name.encode(), metadata={"k": "v"})
    found = {item.name: item.metadata for item in container.list_blobs(name_starts_with="l/", include="metadata")}
    assert found == {name: {"k": "v"} for name in names}, found
    assert len(list(container.list_blobs(name_starts_with="l/", results_per_page=2))) == len(names)
    walked = sorted(item.name for item in container.walk_blobs(name_starts_with="l/"))
    assert walked == sorted(["l/100%.txt", "l/a.txt", "l/b&<c>.txt", "l/d/", "l/q'\".txt", "l/ü/"]), walked
    for name in names:
        assert container.download_blob(name).readall() == name.encode()
    passed("lists")


def copying():
    source = container.get_blob_client("copy/source")
    source.upload_blob(b"copied", metadata={"a": "b"})
    target = container.get_blob_client("copy/target")
    assert target.start_copy_from_url(source.url)["copy_status"] == "success"
    assert target.download_blob().readall() == b"copied"
    assert target.get_blob_properties().metadata == {"a": "b"}
    passed("copies")


def account_key():
    service = BlobServiceClient(account_url, {"account_name": facts["account"], "account_key": facts["key"]})
    names = [item.name for item in service.list_containers()]
    assert facts["container"] in names, names
    blob = service.get_blob_client(facts["container"], "by key/with metadata")
    blob.upload_blob(b"x", metadata={"under_score": "1", "b2": "2"})
    token = generate_blob_sas(
        account_name=facts["account"],
        container_name=facts["container"],
        blob_name="by key/with metadata",
        account_key=facts["key"],
        permission=BlobSasPermissions(read=True),
        expiry=datetime.now(timezone.utc) + timedelta(minutes=5),
    )
    signed = BlobClient.from_blob_url(f"{account_url}/{facts['container']}/by%20key/with%20metadata?{token}")
    assert signed.download_blob().readall() == b"x"
    refuses(HttpResponseError, signed.delete_blob)
    wrong = BlobServiceClient(account_url, {"account_name": facts["account"], "account_key": "AAAA"})
    refuses(HttpResponseError, lambda: list(wrong.list_containers()))
    passed("the account key")


def asset_upload():
    from azure.ai.ml._artifacts._blob_storage_helper import BlobStorageClient

    with tempfile.TemporaryDirectory() as work:
        source = Path(work, "src")
        Path(source, "sub").mkdir(parents=True)
        Path(source, "a.txt").write_text("A")
        Path(source, "sub", "b.txt").write_text("B" * 1000)
        Path(source, "empty").write_text("")

        def client():
            return BlobStorageClient(facts["sas"], account_url, facts["container"])

        first = client().upload(str(source), "asset", "1", asset_hash="feed", show_progress=False)
        again = client().upload(str(source), "asset", "1", asset_hash="feed", show_progress=False)
        assert first["remote path"] == again["remote path"] == "LocalUpload/feed/src", (first, again)
        assert again["version"] == "1"
        target = Path(work, "back")
        client().download("LocalUpload/feed/src", str(target))
        back = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
        assert back == ["a.txt", "empty", "sub/b.txt"], back
        assert client().exists("LocalUpload/feed") and not client().exists("LocalUpload/fee")
    passed("uploads of assets by the ML client")


small()
empty()
large()
listing()
copying()
account_key()
asset_upload()
