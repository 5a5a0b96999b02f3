"""What a user of azure-ai-ml does with batch endpoints, with nothing but what `laz connect python` prints in the environment.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import json
import os
import sys

FOLDER = os.environ["LAZ_TEST_FOLDER"]
from azure.ai.ml import Input, Output, load_batch_deployment, load_batch_endpoint, load_component
from azure.ai.ml.constants import AssetTypes, BatchDeploymentOutputAction
from azure.ai.ml.entities import (
    BatchEndpoint,
    BatchRetrySettings,
    CodeConfiguration,
    Data,
    Model,
    ModelBatchDeployment,
    ModelBatchDeploymentSettings,
    PipelineComponentBatchDeployment,
)
from workspace import ml

seen = {}


def path(name):
    return os.path.join(FOLDER, name)


def rows_of(job, output="score", name=None):
    ml.jobs.stream(job.name)
    folder = path("download/%s/%s" % (job.name, output))
    ml.jobs.download(job.name, download_path=folder, output_name=output)
    found = {}
    for at, _, names in os.walk(folder):
        for one in names:
            with open(os.path.join(at, one)) as file:
                found[one] = sorted(file.read().splitlines())
    status = ml.jobs.get(job.name).status
    return found if status == "Completed" else status


def step_models():
    model = ml.models.create_or_update(Model(name="words", path=path("model"), type=AssetTypes.CUSTOM_MODEL))
    ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="words", description="d", tags={"a": "b"})).result()
    deployment = ModelBatchDeployment(
        name="first",
        endpoint_name="words",
        model=model,
        code_configuration=CodeConfiguration(code=path("code"), scoring_script="score.py"),
        environment="azureml:AzureML-sklearn-1.5@latest",
        compute="local",
        settings=ModelBatchDeploymentSettings(
            max_concurrency_per_instance=2,
            mini_batch_size=1,
            output_action=BatchDeploymentOutputAction.APPEND_ROW,
            output_file_name="predictions.csv",
            retry_settings=BatchRetrySettings(max_retries=3, timeout=30),
            logging_level="info",
        ),
    )
    ml.batch_deployments.begin_create_or_update(deployment).result()
    ml.batch_deployments.begin_create_or_update(load_batch_deployment(path("own.yml"))).result()
    endpoint = ml.batch_endpoints.get("words")
    endpoint.defaults.deployment_name = "first"
    ml.batch_endpoints.begin_create_or_update(endpoint).result()
    endpoint = ml.batch_endpoints.get("words")
    shown = ml.batch_deployments.get("first", "words")
    return [endpoint.defaults.deployment_name, endpoint.provisioning_state, shown.mini_batch_size]


def step_local_folder():
    job = ml.batch_endpoints.invoke("words", input=Input(type="uri_folder", path=path("data")))
    return [rows_of(job), ml.jobs.get(job.name).status, [one.display_name for one in ml.jobs.list(parent_job_name=job.name)]]


def step_registered():
    ml.data.create_or_update(Data(name="texts", version="1", path=path("data"), type="uri_folder"))
    told = Input(type="uri_folder", path="azureml:texts:1")
    job = ml.batch_endpoints.invoke("words", deployment_name="own", inputs={"texts": told}, experiment_name="tried")
    return [rows_of(job), ml.jobs.get(job.name).experiment_name]


def step_overrides():
    job = ml.batch_endpoints.invoke(
        "words",
        # the client sends the last deployment that was named where none is
        deployment_name="first",
        inputs={"one": Input(type="uri_file", path=path("data/a.txt"))},
        outputs={"score": Output(type="uri_file", path="azureml://datastores/workspaceblobstore/paths/told/rows.csv")},
        params_override=[{"mini_batch_size": 5}, {"compute": {"instance_count": 1}}],
        job_name="told-once",
    )
    return [job.name, rows_of(job), ml.jobs.get(job.name).outputs["score"].path]


def step_pipeline():
    component = ml.components.create_or_update(load_component(path("component.yml")))
    ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="joiner")).result()
    ml.batch_deployments.begin_create_or_update(
        PipelineComponentBatchDeployment(
            name="one", endpoint_name="joiner", component=component, settings={"default_compute": "local"}
        )
    ).result()
    job = ml.batch_endpoints.invoke(
        "joiner",
        deployment_name="one",
        inputs={"texts": Input(type="uri_folder", path=path("data")), "word": Input(type="string", default="said")},
    )
    return rows_of(job, "joined")


def step_lists():
    return [
        [job.name for job in ml.batch_endpoints.list_jobs("words")],
        len(list(ml.batch_deployments.list_jobs("words", name="own"))),
        sorted(one.name for one in ml.batch_deployments.list("words")),
    ]


def step_delete():
    ml.batch_deployments.begin_delete("own", "words").result()
    ml.batch_endpoints.begin_delete("words").result()
    return sorted(one.name for one in ml.batch_endpoints.list())


for name, step in list(globals().items()):
    if name.startswith("step_"):
        seen[name[5:]] = step()
        print(name, seen[name[5:]], flush=True)
print(json.dumps(seen), file=sys.stderr)
