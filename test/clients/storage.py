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


def conditions():
    from azure.core import MatchConditions

    blob = container.get_blob_client("conditions")
    first = blob.upload_blob(b"one")
    properties = blob.get_blob_properties()
    same = {"etag": first["etag"], "match_condition": MatchConditions.IfNotModified}
    assert blob.download_blob(**same).readall() == b"one"
    changed = {"etag": first["etag"], "match_condition": MatchConditions.IfModified}
    error = refuses(HttpResponseError, lambda: blob.download_blob(**changed))
    assert error.status_code == 304, error.status_code
    error = refuses(HttpResponseError, lambda: blob.get_blob_properties(if_modified_since=properties.last_modified))
    assert error.status_code == 304, error.status_code
    long_ago = properties.last_modified - timedelta(hours=1)
    error = refuses(HttpResponseError, lambda: blob.delete_blob(if_unmodified_since=long_ago))
    assert error.status_code == 412, error.status_code
    blob.upload_blob(b"two", overwrite=True)
    error = refuses(HttpResponseError, lambda: blob.delete_blob(**same))
    assert error.error_code == "ConditionNotMet", error.error_code
    passed("conditions")


def blocks():
    blob = container.get_blob_client("blocks/by hand")
    for name in ("b", "a"):
        blob.stage_block(name * 4, name.encode() * 3)
    committed, waiting = blob.get_block_list("all")
    assert not committed and {block.id: block.size for block in waiting} == {"aaaa": 3, "bbbb": 3}, waiting
    found = [item.name for item in container.list_blobs("blocks/", include="uncommittedblobs")]
    assert found == ["blocks/by hand"], found
    assert not list(container.list_blobs("blocks/"))
    blob.commit_block_list(["aaaa", "bbbb"], metadata={"k": "v"})
    assert blob.download_blob().readall() == b"aaabbb"
    error = refuses(HttpResponseError, lambda: blob.stage_block_from_url("cccc", blob.url))
    assert "Put Block From URL" in error.message, error.message
    passed("blocks by hand")


def account_sas():
    from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

    def signed(**more):
        return BlobServiceClient(
            account_url,
            generate_account_sas(
                account_name=facts["account"],
                account_key=facts["key"],
                **{
                    "resource_types": ResourceTypes(service=True, container=True, object=True),
                    "permission": AccountSasPermissions(read=True, list=True, write=True, delete=True, create=True),
                    "expiry": datetime.now(timezone.utc) + timedelta(minutes=5),
                    "protocol": "https,http",
                    **more,
                },
            ),
        )

    service = signed()
    made = service.create_container("py-account-sas", metadata={"team": "blue"})
    assert made.get_container_properties().metadata == {"team": "blue"}
    for number in range(3):
        made.upload_blob(f"n {number}", b"x")
    list(made.delete_blobs("n 0", "n 1"))
    assert [item.name for item in made.list_blobs()] == ["n 2"]
    service.delete_container("py-account-sas")
    refuses(HttpResponseError, lambda: list(signed(protocol="https").list_containers()))
    refuses(HttpResponseError, lambda: list(signed(ip="10.1.2.3").list_containers()))
    past = datetime.now(timezone.utc) - timedelta(minutes=1)
    refuses(HttpResponseError, lambda: list(signed(expiry=past).list_containers()))
    assert service.get_service_properties()["delete_retention_policy"].enabled is False
    passed("signatures of the account, batches, metadata of containers")


def refusals():
    blob = container.get_blob_client("small/ä b+c.txt")
    for work in (
        blob.create_snapshot,
        blob.acquire_lease,
        lambda: blob.set_blob_tags({"a": "b"}),
        lambda: blob.set_standard_blob_tier("Cool"),
        blob.undelete_blob,
        container.get_blob_client("append").create_append_blob,
        lambda: container.get_blob_client("page").create_page_blob(512),
        lambda: container.get_blob_client("url").upload_blob_from_url("https://example.org/x"),
    ):
        error = refuses(HttpResponseError, work)
        assert error.status_code == 400 and "is not supported" in error.message, error.message
    passed("refusals by name")


def data_lake():
    from azure.storage.filedatalake import DataLakeServiceClient

    service = DataLakeServiceClient(account_url, {"account_name": facts["account"], "account_key": facts["key"]})
    system = service.create_file_system("py-lake")
    body = os.urandom(5 * 1024 * 1024 + 7)
    file = system.get_file_client("deep/ä.bin")
    file.upload_data(body, overwrite=True, chunk_size=1024 * 1024, metadata={"k": "v"})
    assert file.download_file().readall() == body
    folder = system.create_directory("deep/folder")
    folder.set_metadata({"upload_status": "completed"})
    found = folder.get_directory_properties().metadata
    assert found["upload_status"] == "completed" and folder.exists(), found
    listed = sorted((item.name, item.is_directory) for item in system.get_paths())
    assert listed == [("deep", True), ("deep/folder", True), ("deep/ä.bin", False)], listed
    refuses(HttpResponseError, lambda: file.set_access_control(permissions="0777"))
    moved = file.rename_file("py-lake/deep/folder/moved.bin")
    assert moved.get_file_properties().size == len(body)
    system.get_directory_client("deep").delete_directory()
    assert not list(system.get_paths())
    service.delete_file_system("py-lake")
    passed("a data lake")


def file_share():
    from azure.storage.fileshare import ShareServiceClient

    service = ShareServiceClient(account_url, {"account_name": facts["account"], "account_key": facts["key"]})
    share = service.create_share("py-share")
    assert "py-share" in [item.name for item in service.list_shares()]
    folder = share.create_directory("d")
    body = os.urandom(9 * 1024 * 1024 + 1)
    file = folder.upload_file("ä b.bin", body, max_concurrency=4, validate_content=True, metadata={"k": "v"})
    assert file.download_file(max_concurrency=4).readall() == body
    assert file.get_file_properties().metadata == {"k": "v"}
    folder.create_subdirectory("sub")
    listed = sorted((item["name"], item["is_directory"]) for item in folder.list_directories_and_files())
    assert listed == [("sub", True), ("ä b.bin", False)], listed
    refuses(HttpResponseError, file.acquire_lease)
    refuses(HttpResponseError, share.create_snapshot)
    file.delete_file()
    folder.delete_subdirectory("sub")
    folder.delete_directory()
    service.delete_share("py-share")
    passed("a file share")


def asset_folder(work, names=("a.txt", "b.txt")):
    source = Path(work, "src")
    source.mkdir(parents=True)
    for name in names:
        Path(source, name).write_text(name * 1_000_000)
    return source


def asset_upload_lake():
    from azure.ai.ml._artifacts._gen2_storage_helper import Gen2StorageClient

    with tempfile.TemporaryDirectory() as work:
        # one file: the threads of this client share one file client, and with several files it may wait for ever
        source = asset_folder(work, ["a.txt"])

        def client():
            return Gen2StorageClient(facts["sas"], facts["container"], account_url)

        first = client().upload(str(source), "asset", "1", asset_hash="beef", show_progress=False)
        again = client().upload(str(source), "asset", "2", asset_hash="beef", show_progress=False)
        assert first["remote path"] == again["remote path"] == "LocalUpload/beef/src", (first, again)
        assert again["version"] == "1", again
        target = Path(work, "back")
        client().download("LocalUpload/beef/src", str(target))
        assert Path(target, "a.txt").read_bytes() == Path(source, "a.txt").read_bytes()
    passed("uploads of assets by the ML client into a data lake")


def asset_upload_share():
    from azure.ai.ml._artifacts._fileshare_storage_helper import FileStorageClient

    with tempfile.TemporaryDirectory() as work:
        source = asset_folder(work)

        def client():
            return FileStorageClient(facts["share_sas"], facts["share"], account_url)

        first = client().upload(str(source), "asset", "1", asset_hash="cafe", show_progress=False)
        again = client().upload(str(source), "asset", "2", asset_hash="cafe", show_progress=False)
        assert first["remote path"] == again["remote path"], (first, again)
        assert again["version"] == "1", again
        target = Path(work, "back")
        client().download("cafe", str(target))
        for name in ("a.txt", "b.txt"):
            assert Path(target, "cafe", "src", name).read_bytes() == Path(source, name).read_bytes(), list(target.rglob("*"))
    passed("uploads of assets by the ML client into a file share")


small()
empty()
large()
listing()
copying()
conditions()
blocks()
account_key()
account_sas()
refusals()
data_lake()
file_share()
asset_upload()
asset_upload_lake()
asset_upload_share()
