"""Registries and what they hold; endpoints."""

import pathlib
import re
import tempfile

from azure.ai.ml import Input, MLClient, entities, load_component
from azure.core.exceptions import HttpResponseError

from harness import (
    COMMAND_COMPONENT,
    CURATED,
    DATA,
    LABELS,
    MARK,
    component_file,
    credential,
    equal,
    folder,
    gone,
    ml,
    names,
    same,
    step,
    texts,
)
from work import ensure_cluster, job_of, wait


def registry_assets(name):
    """The assets of a registry, through a client of its own."""
    there = MLClient(credential, registry_name=name)
    image = {"name": f"image-{MARK}", "version": "1", "image": "docker.io/python:3.11", **LABELS}
    same(image, there.environments.create_or_update(entities.Environment(**image)))
    same(image, there.environments.get(image["name"], version="1"))
    assert image["name"] in names(there.environments.list())
    data = {"name": f"data-{MARK}", "version": "1", "type": "uri_folder", "path": str(DATA), **LABELS}
    there.data.create_or_update(entities.Data(**data))
    same(data, there.data.get(data["name"], version="1"), path=re.compile(".*"))
    assert data["name"] in names(there.data.list())
    weights = folder({"weights.bin": "1" * 10})
    model = {"name": f"model-{MARK}", "version": "1", "type": "custom_model", "path": str(weights), **LABELS}
    there.models.create_or_update(entities.Model(**model))
    same(model, there.models.get(model["name"], version="1"), path=re.compile(".*"))
    assert model["name"] in names(there.models.list())
    target = pathlib.Path(tempfile.mkdtemp())
    there.models.download(model["name"], version="1", download_path=str(target))
    equal(["1" * 10], list(texts(target).values()), "files of a registry's model")
    text = COMMAND_COMPONENT.replace(CURATED, f"azureml://registries/{name}/environments/image-{MARK}/versions/1")
    loaded = load_component(component_file(text))
    there.components.create_or_update(loaded)
    got = there.components.get(loaded.name, version="7")
    same({"name": loaded.name, "version": "7", "display_name": "Train", "command": loaded.command}, got)
    assert loaded.name in names(there.components.list())
    for operations, each in (
        (there.environments, image["name"]),
        (there.data, data["name"]),
        (there.models, model["name"]),
    ):
        operations.archive(each, version="1")
        operations.restore(each, version="1")
        equal(["1"], [version.version for version in operations.list(each)])


@step("registry")
def _():
    name = f"registry-{MARK}"
    region = entities.RegistryRegionDetails(location="westeurope")
    given = {"name": name, "location": "westeurope", "tags": {"team": "red"}, "replication_locations": [region]}
    made = ml.registries.begin_create(entities.Registry(**given)).result()
    same({"name": name, "location": "westeurope", "tags": {"team": "red"}}, made)
    got = ml.registries.get(name)
    same({"name": name, "location": "westeurope", "tags": {"team": "red"}}, got)
    equal(["westeurope"], [each.location for each in got.replication_locations])
    assert name in names(ml.registries.list())
    again = ml.registries.begin_create(entities.Registry(**{**given, "tags": {"team": "blue"}})).result()
    equal({"team": "blue"}, again.tags)


@step("registry assets")
def _():
    registry_assets(f"registry-{MARK}")


@step("registry share")
def _():
    name = f"registry-{MARK}"
    ml.models.create_or_update(
        entities.Model(name=f"shared-{MARK}", version="1", type="custom_model", path=str(folder({"w": "2"})))
    )
    ml.models.share(
        name=f"shared-{MARK}", version="1", registry_name=name, share_with_name=f"shared-{MARK}", share_with_version="2"
    )
    there = MLClient(credential, registry_name=name)
    equal("custom_model", there.models.get(f"shared-{MARK}", version="2").type)


@step("registry in a job")
def _():
    ensure_cluster()
    name = f"from_registry_{MARK}"
    path = f"azureml://registries/registry-{MARK}/data/data-{MARK}/versions/1"
    ml.jobs.create_or_update(job_of(name, Input(type="uri_folder", path=path)))
    equal("Completed", wait(name))


@step("registry end")
def _():
    try:
        ml.registries.begin_delete(name=f"registry-{MARK}").result()
        raise AssertionError("a registry with assets was deleted")
    except HttpResponseError as error:
        equal(409, error.status_code)
    name = f"empty-{MARK}"
    region = entities.RegistryRegionDetails(location="westeurope")
    ml.registries.begin_create(
        entities.Registry(name=name, location="westeurope", replication_locations=[region])
    ).result()
    ml.registries.begin_delete(name=name).result()
    gone(lambda: ml.registries.get(name))


@step("endpoint online")
def _():
    name = f"online-{MARK}"
    given = {"name": name, "auth_mode": "key", **LABELS}
    ml.online_endpoints.begin_create_or_update(entities.ManagedOnlineEndpoint(**given)).result()
    same(given, ml.online_endpoints.get(name))
    assert name in names(ml.online_endpoints.list())
    ml.online_endpoints.begin_delete(name).result()
    gone(lambda: ml.online_endpoints.get(name))


@step("endpoint batch")
def _():
    name = f"batch-{MARK}"
    given = {"name": name, **LABELS}
    ml.batch_endpoints.begin_create_or_update(entities.BatchEndpoint(**given)).result()
    same(given, ml.batch_endpoints.get(name))
    assert name in names(ml.batch_endpoints.list())
    ml.batch_endpoints.begin_delete(name).result()
    gone(lambda: ml.batch_endpoints.get(name))
