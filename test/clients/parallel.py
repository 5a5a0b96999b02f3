"""What a user of azure-ai-ml does with parallel jobs, with nothing but what `laz connect python` prints in the environment.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import contextlib
import io
import json
import os
import sys

FOLDER = os.environ["LAZ_TEST_FOLDER"]
from azure.ai.ml import Input, Output, dsl, load_component, load_job
from azure.ai.ml.constants import AssetTypes, InputOutputModes
from azure.ai.ml.parallel import RunFunction, parallel_run_function
from azure.core.exceptions import HttpResponseError
from workspace import ml

seen = {}
code = os.path.join(FOLDER, "src")
environment = "AzureML-sklearn-1.5@latest"


def streamed(name):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        ml.jobs.stream(name)
    return out.getvalue()


def rows_of(name, output):
    folder = os.path.join(FOLDER, "download", name, output)
    ml.jobs.download(name, download_path=folder, output_name=output)
    found = []
    for at, _, names in os.walk(folder):
        for one in names:
            with open(os.path.join(at, one)) as file:
                found += file.read().splitlines()
    return found


def files(name="score_files", **more):
    told = dict(
        name=name,
        display_name="Score files",
        description="every file by itself",
        inputs=dict(
            data=Input(type=AssetTypes.URI_FOLDER, description="what is cut"),
            suffix=Input(type="string", default="!"),
        ),
        outputs=dict(result=Output(type=AssetTypes.URI_FILE), folder=Output(type=AssetTypes.URI_FOLDER)),
        input_data="${{inputs.data}}",
        instance_count=1,
        max_concurrency_per_instance=1,
        mini_batch_size="2",
        mini_batch_error_threshold=1,
        retry_settings=dict(max_retries=1, timeout=60),
        logging_level="DEBUG",
        environment_variables={"GREETING": "hello"},
        task=RunFunction(
            code=code,
            entry_script="files.py",
            program_arguments="--suffix ${{inputs.suffix}} --folder ${{outputs.folder}} --error_threshold 5",
            environment=environment,
            append_row_to="${{outputs.result}}",
        ),
    )
    return parallel_run_function(**{**told, **more})


def table(name, **more):
    return parallel_run_function(
        name=name,
        inputs=dict(data=Input(type=AssetTypes.MLTABLE, mode=InputOutputModes.DIRECT)),
        outputs=dict(result=Output(type=AssetTypes.URI_FILE)),
        input_data="${{inputs.data}}",
        max_concurrency_per_instance=2,
        task=RunFunction(
            code=code, entry_script="rows.py", environment=environment, append_row_to="${{outputs.result}}"
        ),
        **more,
    )


def in_a_pipeline():
    score_files, score_rows = files(), table("score_rows", mini_batch_size="40")
    by_key = table("score_keys", partition_keys=["word"])

    @dsl.pipeline(display_name="parallel steps", default_compute="serverless")
    def everything(data, rows):
        one = score_files(data=data, suffix="?")
        one.resources.instance_count = 2
        one.max_concurrency_per_instance = 2
        one.mini_batch_error_threshold = 3
        one.outputs.result.path = "azureml://datastores/${{default_datastore}}/paths/${{name}}/aggregated_returns.csv"
        two = score_rows(data=rows)
        three = by_key(data=rows)
        return {"files": one.outputs.result, "rows": two.outputs.result, "keys": three.outputs.result}

    job = everything(
        data=Input(path=os.path.join(FOLDER, "data"), type=AssetTypes.URI_FOLDER),
        rows=Input(path=os.path.join(FOLDER, "table"), type=AssetTypes.MLTABLE, mode=InputOutputModes.DIRECT),
    )
    job = ml.jobs.create_or_update(job, experiment_name="parallel")
    text = streamed(job.name)
    job = ml.jobs.get(job.name)
    seen["status"] = [job.status, "Execution Summary" in text]
    seen["node"] = [job.jobs["score_files"].type, job.jobs["score_files"].mini_batch_error_threshold]
    children = {child.display_name: child for child in ml.jobs.list(parent_job_name=job.name)}
    seen["children"] = {name: [ml.jobs.get(child.name).type, child.status] for name, child in sorted(children.items())}
    seen["files"] = rows_of(job.name, "files")
    seen["rows"] = rows_of(job.name, "rows")
    seen["keys"] = sorted(rows_of(job.name, "keys"))
    child = children["score_files"].name
    folder = os.path.join(FOLDER, "all")
    ml.jobs.download(child, download_path=folder, all=True)
    logs = os.path.join(folder, "artifacts", "logs")
    names = [os.path.relpath(os.path.join(at, name), logs) for at, _, found in os.walk(logs) for name in found]
    seen["logs"] = sorted(name for name in names if "process" not in name or name.startswith("sys/job_report"))
    with open(os.path.join(folder, "artifacts", "user_logs", "std_log_process_0.txt")) as file:
        log = file.read()
    seen["log"] = ["mini-batches are over" in log, "complete" in log]
    with open(os.path.join(logs, "job_result.txt")) as file:
        seen["result"] = file.readline().strip()


def registered():
    component = ml.components.create_or_update(files("registered_parallel").component)
    seen["component"] = [component.type, component.mini_batch_size, component.task.entry_script]
    again = ml.components.get("registered_parallel", component.version)
    from_file = load_component(source=os.path.join(FOLDER, "component.yml"))

    @dsl.pipeline(default_compute="serverless")
    def both(data):
        first = again(data=data)
        first.environment_variables = {"GREETING": "hello"}
        second = from_file(data=data)
        return {"first": first.outputs.result, "second": second.outputs.result}

    job = ml.jobs.create_or_update(both(data=Input(path=os.path.join(FOLDER, "data"), type=AssetTypes.URI_FOLDER)))
    streamed(job.name)
    seen["registered"] = [ml.jobs.get(job.name).status, len(rows_of(job.name, "first")), len(rows_of(job.name, "second"))]


def from_yaml():
    job = ml.jobs.create_or_update(load_job(os.path.join(FOLDER, "pipeline.yml")))
    streamed(job.name)
    seen["yaml"] = ml.jobs.get(job.name).status


def failing():
    @dsl.pipeline(default_compute="serverless")
    def bad(data):
        files(
            mini_batch_error_threshold=0,
            task=RunFunction(code=code, entry_script="bad.py", environment=environment),
        )(data=data)

    job = ml.jobs.create_or_update(bad(data=Input(path=os.path.join(FOLDER, "data"), type=AssetTypes.URI_FOLDER)))
    try:
        streamed(job.name)
        seen["failing"] = "no exception"
    except Exception as error:
        seen["failing"] = [ml.jobs.get(job.name).status, "failed child jobs" in str(error)]


def refused():
    @dsl.pipeline(default_compute="serverless")
    def wrong(data):
        files(task=RunFunction(code=code, entry_script="files.py", environment=environment, append_row_to="${{outputs.nothing}}"))(data=data)

    try:
        ml.jobs.create_or_update(wrong(data=Input(path=os.path.join(FOLDER, "data"), type=AssetTypes.URI_FOLDER)))
        seen["refused"] = "no exception"
    except HttpResponseError as error:
        seen["refused"] = [error.status_code, "The step has no output nothing" in str(error)]


for step in (in_a_pipeline, registered, from_yaml, failing, refused):
    step()
print(json.dumps(seen), file=sys.stderr)
