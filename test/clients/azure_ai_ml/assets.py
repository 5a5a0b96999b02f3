"""Environments, data, models, components."""

import pathlib
import re
import tempfile

from azure.ai.ml import Input, dsl, entities, load_component

from harness import (
    COMMAND_COMPONENT,
    CURATED,
    DATA,
    LABELS,
    MARK,
    component_file,
    equal,
    folder,
    ml,
    names,
    plain,
    same,
    step,
)

BLOBS = "azureml://subscriptions/.*/datastores/workspaceblobstore/paths/"


def asset(operations, entity, given, changed, **instead):
    """Create, show, list, update, archive, restore; by version, by label, as a whole."""
    made = operations.create_or_update(entity)
    same(given, made, **instead)
    name, version = made.name, made.version
    same(given, operations.get(name, version=version), **instead)
    equal(version, operations.get(name, label="latest").version, "the latest")
    assert name in names(operations.list())
    equal([version], [each.version for each in operations.list(name)], "versions")
    got = operations.get(name, version=version)
    for field, value in changed.items():
        setattr(got, field, value)
    same({**given, **changed}, operations.create_or_update(got), **{**instead, **changed})
    same({**given, **changed}, operations.get(name, version=version), **{**instead, **changed})
    operations.archive(name, version=version)
    equal([], [each.version for each in operations.list(name)], "after the archive of its version")
    operations.restore(name, version=version)
    equal([version], [each.version for each in operations.list(name)], "after the restore of its version")
    operations.archive(name)
    assert name not in names(operations.list()), "an archived name is listed"
    operations.restore(name)
    assert name in names(operations.list()), "a restored name is not listed"
    same({**given, **changed}, operations.get(name, version=version), **{**instead, **changed})


CHANGED = {"description": "changed", "tags": {"team": "blue", "more": "1"}}


@step("environment of an image")
def _():
    given = {"name": f"image-{MARK}", "version": "3", "image": "docker.io/python:3.11", **LABELS}
    asset(ml.environments, entities.Environment(**given), given, CHANGED)


@step("environment of an image and a conda file")
def _():
    conda = {"name": "x", "channels": ["conda-forge"], "dependencies": ["python=3.11", {"pip": ["numpy==2.0", "é"]}]}
    given = {"name": f"conda-{MARK}", "image": "docker.io/python:3.11", "conda_file": conda, **LABELS}
    asset(ml.environments, entities.Environment(**given), given, CHANGED, version="1")


@step("environment of a build context")
def _():
    context = folder({"Dockerfile.gpu": "FROM python:3.11\nCOPY requirements.txt .\n", "requirements.txt": "numpy\n"})
    build = entities.BuildContext(path=str(context), dockerfile_path="Dockerfile.gpu")
    given = {"name": f"build-{MARK}", "version": "1", "build": build, **LABELS}
    asset(ml.environments, entities.Environment(**given), given, CHANGED, build={"dockerfile_path": "Dockerfile.gpu"})
    path = ml.environments.get(given["name"], version="1").build.path
    assert path.startswith("https://") and path.endswith("/"), path


@step("environment without a version")
def _():
    name = f"next-{MARK}"
    versions = [
        ml.environments.create_or_update(entities.Environment(name=name, image=each)).version for each in ("a", "b")
    ]
    equal(["1", "2"], versions)
    equal("b", ml.environments.get(name, label="latest").image)


@step("data file")
def _():
    given = {"name": f"file-{MARK}", "type": "uri_file", "path": str(DATA / "one.csv"), **LABELS}
    asset(
        ml.data, entities.Data(**given), given, CHANGED, version="1", path=re.compile(BLOBS + "LocalUpload/.*/one.csv")
    )


@step("data folder")
def _():
    given = {"name": f"folder-{MARK}", "version": "2024.01", "type": "uri_folder", "path": str(DATA), **LABELS}
    asset(ml.data, entities.Data(**given), given, CHANGED, path=re.compile(BLOBS + "LocalUpload/.*/?"))


@step("data table")
def _():
    table = folder(
        {
            "MLTable": "paths:\n  - file: ./one.csv\ntransformations:\n  - read_delimited:\n      delimiter: ','\n",
            "one.csv": "a,b\n1,2\n",
        }
    )
    given = {"name": f"table-{MARK}", "type": "mltable", "path": str(table), **LABELS}
    asset(ml.data, entities.Data(**given), given, CHANGED, version="1", path=re.compile(BLOBS + "LocalUpload/.*/?"))


@step("data by address")
def _():
    path = "https://example.blob.core.windows.net/c/x.csv"
    given = {"name": f"web-{MARK}", "type": "uri_file", "path": path, "properties": {"p": "q"}, **LABELS}
    asset(ml.data, entities.Data(**given), given, CHANGED, version="1")


@step("data of the same content is uploaded once")
def _():
    first, second = (
        ml.data.create_or_update(entities.Data(name=f"twice-{each}-{MARK}", type="uri_folder", path=str(DATA)))
        for each in "ab"
    )
    equal(first.path, second.path)


def model(kind, files, **more):
    root = folder(files)
    given = {"name": f"{kind.split('_')[0]}-{MARK}", "type": kind, "path": str(root), **more, **LABELS}
    asset(ml.models, entities.Model(**given), given, CHANGED, version="1", path=re.compile(BLOBS + "LocalUpload/.*"))
    target = pathlib.Path(tempfile.mkdtemp())
    ml.models.download(given["name"], version="1", download_path=str(target))
    found = {path.relative_to(target).parts[-1]: path.read_text() for path in target.rglob("*") if path.is_file()}
    equal({pathlib.Path(path).name: text for path, text in files.items()}, found, "downloaded files")


@step("model custom")
def _():
    model(
        "custom_model",
        {"weights.bin": "0" * 1000, "sub/more.txt": "é"},
        properties={"accuracy": "0.9"},
        stage="Development",
    )


@step("model mlflow")
def _():
    text = (
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    python_version: 3.11.0\nmodel_uuid: 0\n"
    )
    model(
        "mlflow_model",
        {"MLmodel": text, "model.pkl": "x"},
        flavors={"python_function": {"loader_module": "mlflow.sklearn", "python_version": "3.11.0"}},
    )


@step("model triton")
def _():
    model("triton_model", {"models/m/config.pbtxt": 'name: "m"\n', "models/m/1/model.onnx": "x"})


def component(loaded, more=("inputs", "outputs")):
    given = {key: getattr(loaded, key) for key in ("name", "version", "display_name", "description", "type", "tags")}
    made = ml.components.create_or_update(loaded)
    for got in (made, ml.components.get(loaded.name, version=loaded.version), ml.components.get(loaded.name)):
        same(given, got)
        for field in more:
            wanted, came = (
                {key: plain(each._to_dict()) for key, each in getattr(side, field).items()} for side in (loaded, got)
            )
            equal(wanted, came, field)
    assert loaded.name in names(ml.components.list())
    equal([loaded.version], [each.version for each in ml.components.list(loaded.name)])
    got = ml.components.get(loaded.name, version=loaded.version)
    got.description, got.tags = "changed", {"team": "blue"}
    same({**given, "description": "changed", "tags": {"team": "blue"}}, ml.components.create_or_update(got))
    ml.components.archive(loaded.name, version=loaded.version)
    equal([], [each.version for each in ml.components.list(loaded.name)], "after the archive")
    ml.components.restore(loaded.name, version=loaded.version)
    equal([loaded.version], [each.version for each in ml.components.list(loaded.name)], "after the restore")
    ml.components.archive(loaded.name)
    assert loaded.name not in names(ml.components.list())
    ml.components.restore(loaded.name)
    return got


@step("component command")
def _():
    loaded = load_component(component_file(COMMAND_COMPONENT))
    got = component(loaded)
    equal(loaded.command, got.command)
    equal(False, got.is_deterministic)
    equal(1, got.resources.instance_count)
    assert "/codes/" in got.code, got.code


@step("component parallel")
def _():
    loaded = load_component(
        component_file(
            f"""
name: batch_MARK
version: "1"
display_name: Batch
description: made by the program
type: parallel
tags: {{team: red}}
inputs:
  data: {{type: mltable}}
outputs:
  out: {{type: uri_file}}
input_data: ${{{{inputs.data}}}}
mini_batch_size: "10"
mini_batch_error_threshold: 5
max_concurrency_per_instance: 2
logging_level: DEBUG
retry_settings: {{max_retries: 2, timeout: 60}}
task:
  type: run_function
  code: CODE
  entry_script: main.py
  environment: {CURATED}
  append_row_to: ${{{{outputs.out}}}}
"""
        )
    )
    got = component(loaded)
    equal("main.py", got.task.entry_script)
    equal(
        [5, 2, "DEBUG"], [int(got.mini_batch_error_threshold), int(got.max_concurrency_per_instance), got.logging_level]
    )
    equal({"max_retries": 2, "timeout": 60}, {key: int(value) for key, value in plain(got.retry_settings).items()})


@step("component pipeline")
def _():
    inner = load_component(component_file(COMMAND_COMPONENT.replace("train_MARK", "inner_MARK")))

    @dsl.pipeline(
        name=f"pipe_{MARK}", version="1", display_name="Pipe", description="made by the program", tags={"team": "red"}
    )
    def pipe(data: Input(type="uri_folder"), word: str = "hey"):
        first = inner(data=data, word=word)
        return {"out": first.outputs.out}

    loaded = (
        pipe._pipeline_builder.build(user_provided_kwargs={})
        if hasattr(pipe, "_pipeline_builder")
        else pipe(data=Input(type="uri_folder", path=str(DATA))).component
    )
    made = ml.components.create_or_update(loaded)
    got = ml.components.get(f"pipe_{MARK}", version="1")
    same(
        {
            "name": f"pipe_{MARK}",
            "version": "1",
            "display_name": "Pipe",
            "type": "pipeline",
            "description": "made by the program",
            "tags": {"team": "red"},
        },
        got,
    )
    equal(made.id, got.id)
    equal(["first"], list(got.jobs))
    ml.components.archive(got.name)
    ml.components.restore(got.name)


@step("component spark")
def _():
    loaded = load_component(
        component_file(
            """
name: spark_MARK
version: "1"
display_name: Spark
description: made by the program
type: spark
tags: {team: red}
inputs:
  data: {type: uri_file, mode: direct}
outputs:
  out: {type: uri_folder, mode: direct}
code: CODE
entry: {file: main.py}
conf:
  spark.driver.cores: 1
  spark.driver.memory: 2g
  spark.executor.cores: 1
  spark.executor.memory: 2g
  spark.executor.instances: 1
args: >-
  --data ${{inputs.data}} --out ${{outputs.out}}
"""
        )
    )
    got = component(loaded)
    equal("main.py", got.entry.entry if hasattr(got.entry, "entry") else got.entry["file"])
    equal(["2g", 1], [got.executor_memory, int(got.executor_instances)])
