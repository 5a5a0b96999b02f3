"""Pipelines as people write them with azure-ai-ml's @pipeline, with conditions and loops, against a live server
that the variables of `laz connect python` name.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["AZUREML_RUN_POLLING_INTERVAL_MIN"] = "1"
os.environ["AZUREML_RUN_POLLING_INTERVAL_MAX"] = "1"
# conditions and loops are what the client calls private features
os.environ["AZURE_ML_CLI_PRIVATE_FEATURES_ENABLED"] = "true"

from azure.ai.ml import Input, MLClient, Output, command, load_component  # noqa: E402
from azure.ai.ml.dsl import pipeline  # noqa: E402
from azure.ai.ml.dsl._condition import condition  # noqa: E402
from azure.ai.ml.dsl._do_while import do_while  # noqa: E402
from azure.ai.ml.dsl._parallel_for import parallel_for  # noqa: E402
from azure.ai.ml.entities import AmlCompute  # noqa: E402
from azure.core.exceptions import HttpResponseError  # noqa: E402
from azure.identity import DefaultAzureCredential  # noqa: E402

FOLDER = Path(os.environ["LAZ_TEST_FOLDER"])
ml = MLClient(DefaultAzureCredential(), "00000000-0000-0000-0000-000000000001", "lazurite", "main")
seen = {}


def component(name, command, inputs, outputs):
    path = FOLDER / f"{name}.yml"
    lines = [f"name: {name}", "version: '1'", "type: command", "environment: azureml:AzureML-sklearn-1.5@latest", "code: ./src"]
    lines += [f"command: >-\n  {command}", f"inputs: {json.dumps(inputs)}", f"outputs: {json.dumps(outputs)}"]
    path.write_text("\n".join(lines) + "\n")
    return load_component(path)


def finish(job):
    ml.jobs.stream(job.name)
    return ml.jobs.get(job.name)


def steps(job):
    """Steps by the name they show, with states."""
    children = ml.jobs.list(parent_job_name=job.name)
    return dict(sorted((child.display_name, child.status) for child in children))


def text_of(job, output, file):
    ml.jobs.download(job.name, download_path=FOLDER / job.name, output_name=output)
    return (FOLDER / job.name / "named-outputs" / output / file).read_text()


ml.compute.begin_create_or_update(AmlCompute(name="cpu", size="STANDARD_DS1_V2", max_instances=2)).result()
(FOLDER / "src").mkdir(exist_ok=True)
(FOLDER / "src" / "note.txt").write_text("from the snapshot\n")
write = component(
    "write_text",
    "cat note.txt; echo ${{inputs.text}} $GREETING > ${{outputs.folder}}/out.txt; "
    "$[[cat ${{inputs.before}}/out.txt >> ${{outputs.folder}}/out.txt]]",
    {"text": {"type": "string"}, "before": {"type": "uri_folder", "optional": True}},
    {"folder": {"type": "uri_folder"}},
)
judge = component(
    "judge",
    "echo ${{inputs.say}} > ${{outputs.flag}}",
    {"say": {"type": "string"}},
    {"flag": {"type": "boolean", "is_control": True}},
)
count = component(
    "count_on",
    "n=$((${{inputs.n}} + 1)); echo $n > ${{outputs.n}}; [ $n -lt 3 ] && echo True > ${{outputs.more}} || "
    "echo False > ${{outputs.more}}",
    {"n": {"type": "integer"}},
    {"n": {"type": "integer"}, "more": {"type": "boolean", "is_control": True}},
)
square = component(
    "square",
    "echo $((${{inputs.x}} * ${{inputs.x}})) > ${{outputs.value}}; echo ${{inputs.x}} > ${{outputs.data}}/x.txt",
    {"x": {"type": "integer"}},
    {"value": {"type": "integer"}, "data": {"type": "uri_folder"}},
)


def nested_with_overrides():
    registered = ml.components.create_or_update(write)

    inline = command(
        display_name="end",
        command="cat ${{inputs.folder}}/out.txt; echo ${{inputs.times}} > ${{outputs.end}}/times.txt",
        environment="azureml:AzureML-sklearn-1.5@latest",
        inputs={"folder": Input(type="uri_folder"), "times": 1},
        outputs={"end": Output(type="uri_folder")},
    )

    @pipeline()
    def inner(text: str, before: Input(type="uri_folder", optional=True)):
        first = registered(text=text, before=before)
        second = write(text="second", before=first.outputs.folder)
        return {"folder": second.outputs.folder}

    @pipeline(default_compute="serverless", experiment_name="dsl", tags={"made": "by dsl"})
    def outer(text: str = "hello", times: int = 2):
        one = write(text=text)
        one.environment_variables = {"GREETING": "moin"}
        one.compute = "cpu"
        one.outputs.folder.mode = "upload"
        part = inner(text="inner", before=one.outputs.folder)
        end = inline(folder=part.outputs.folder, times=times)
        return {"result": part.outputs.folder, "end": end.outputs.end}

    job = outer(times=3)
    job.outputs.result = Output(type="uri_folder", name="dsl_result", version="7")
    job.settings.continue_on_step_failure = False
    job.settings.force_rerun = True
    job = finish(ml.jobs.create_or_update(job))
    seen["nested"] = [job.status, steps(job), text_of(job, "result", "out.txt"), text_of(job, "end", "times.txt")]
    seen["registered output"] = ml.data.get("dsl_result", "7").version
    inner_job = next(child for child in ml.jobs.list(parent_job_name=job.name) if child.display_name == "part")
    seen["inner steps"] = steps(inner_job)
    seen["settings"] = [job.settings.default_compute, job.settings.force_rerun, sorted(job.jobs)]
    # the same again, written to a file and read from it
    job.dump(FOLDER / "again.yml")
    seen["dumped"] = "jobs:" in (FOLDER / "again.yml").read_text()


def whole_component():
    @pipeline(name="two_steps", version="3")
    def two_steps(text: str):
        first = write(text=text)
        second = write(text="then", before=first.outputs.folder)
        return {"folder": second.outputs.folder}

    made = ml.components.create_or_update(two_steps(text="preset").component, version="3")
    again = ml.components.get(made.name, "3")

    @pipeline(default_compute="serverless")
    def user():
        node = again(text="used")
        return {"folder": node.outputs.folder}

    job = finish(ml.jobs.create_or_update(user()))
    seen["pipeline component"] = [job.status, text_of(job, "folder", "out.txt").split()]


def conditions():
    @pipeline(default_compute="serverless", force_rerun=True)
    def choosing(say: str):
        decide = judge(say=say)
        yes = write(text="yes")
        no = write(text="no")
        condition(decide.outputs.flag, true_block=yes, false_block=no)

    for say in ("True", "False"):
        job = finish(ml.jobs.create_or_update(choosing(say=say)))
        seen[f"condition {say}"] = [job.status, steps(job)]
    seen["condition read back"] = ml.jobs.get(job.name).jobs["conditionnode"].type


def loops():
    @pipeline(default_compute="serverless", force_rerun=True)
    def repeating():
        body = count(n=0)
        do_while(
            body=body, condition=body.outputs.more, mapping={body.outputs.n: body.inputs.n}, max_iteration_count=5
        )
        write(text=body.outputs.n)

    job = finish(ml.jobs.create_or_update(repeating()))
    seen["do_while"] = [job.status, steps(job)]

    @pipeline()
    def body_of_each(x: int):
        node = square(x=x)
        return {"value": node.outputs.value, "data": node.outputs.data}

    @pipeline(default_compute="serverless", force_rerun=True)
    def each():
        body = body_of_each()
        loop = parallel_for(body=body, items=[{"x": 2}, {"x": 3}, {"x": 4}])
        write(text=loop.outputs.value)

    job = finish(ml.jobs.create_or_update(each()))
    seen["parallel_for"] = [job.status, steps(job)]
    last = next(child for child in ml.jobs.list(parent_job_name=job.name) if child.display_name == "write_text")
    seen["gathered"] = text_of(last, "folder", "out.txt").split()


def failing():
    fails = command(
        display_name="bad",
        command="echo about to fail; exit 3",
        environment="azureml:AzureML-sklearn-1.5@latest",
        outputs={"folder": Output(type="uri_folder")},
    )

    @pipeline(default_compute="serverless", force_rerun=True)
    def broken():
        bad = fails()
        write(text="never", before=bad.outputs.folder)
        write(text="beside")

    job = ml.jobs.create_or_update(broken())
    try:
        ml.jobs.stream(job.name)
    except Exception as error:  # the client's own wording
        seen["failure"] = "Pipeline has failed child jobs. Failed nodes: /bad" in str(error)
    seen["failed"] = [ml.jobs.get(job.name).status, steps(job)]


def cancelling():
    nap = command(display_name="nap", command="sleep 600", environment="azureml:AzureML-sklearn-1.5@latest")

    @pipeline(default_compute="serverless", force_rerun=True)
    def sleepy():
        nap()
        nap()

    job = ml.jobs.create_or_update(sleepy())
    ml.jobs.begin_cancel(job.name).result()
    try:
        ml.jobs.stream(job.name)
    except Exception:
        pass
    while ml.jobs.get(job.name).status == "CancelRequested":
        time.sleep(0.2)
    seen["cancelled"] = [ml.jobs.get(job.name).status, sorted(set(steps(job).values()))]


def refused():
    @pipeline(default_compute="nowhere")
    def lost():
        write(text="x")

    try:
        ml.jobs.create_or_update(lost())
        seen["refused"] = "no"
    except HttpResponseError as error:
        seen["refused"] = [error.status_code, "nowhere" in str(error)]


for act in sys.argv[1:] or [
    "nested_with_overrides",
    "whole_component",
    "conditions",
    "loops",
    "failing",
    "cancelling",
    "refused",
]:
    globals()[act]()
print(json.dumps(seen), file=sys.stderr)
