"""What a user of azure-ai-ml does, against a server whose address and token are in the environment.

Prints one line of JSON: what each step answered. A step that raises ends the run with its traceback.
"""

import json
import os
import sys
import time
import urllib.request

URL, TOKEN, FOLDER = os.environ["LAZ_URL"], os.environ["LAZ_TOKEN"], os.environ["LAZ_TEST_FOLDER"]
os.environ["ARM_CLOUD_METADATA_URL"] = URL + "/metadata/endpoints?api-version=2019-05-01"
os.environ["AZUREML_RUN_POLLING_INTERVAL_MIN"] = "1"
os.environ["AZUREML_RUN_POLLING_INTERVAL_MAX"] = "1"

from azure.ai.ml import MLClient, Output, command, dsl, load_component  # noqa: E402
from azure.ai.ml.entities import (  # noqa: E402
    AccountKeyConfiguration,
    AmlCompute,
    AzureBlobDatastore,
    ComputeInstance,
    Data,
    Environment,
    Model,
)
from azure.core.credentials import AccessToken, AzureKeyCredential  # noqa: E402
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError  # noqa: E402
from azure.core.pipeline.policies import AzureKeyCredentialPolicy  # noqa: E402


class Identity:
    """Tokens from the server's managed-identity address."""

    def get_token(self, *scopes, **_):
        resource = scopes[0].replace("/.default", "")
        ask = urllib.request.Request(f"{URL}/msi/token?resource={resource}", headers={"secret": os.environ["LAZ_IDENTITY"]})
        answer = json.load(urllib.request.urlopen(ask))
        return AccessToken(answer["access_token"], int(answer["expires_on"]))


class OverHttp(AzureKeyCredentialPolicy):
    """The client's own policy refuses to send a token over http; this one sends it."""

    def on_request(self, request):
        request.context.options.pop("enforce_https", None)
        super().on_request(request)


ml = MLClient(
    Identity(),
    "00000000-0000-0000-0000-000000000001",
    "lazurite",
    "main",
    authentication_policy=OverHttp(AzureKeyCredential(TOKEN), "Authorization", prefix="Bearer"),
)
seen = {}


def workspaces_and_datastores():
    seen["workspace"] = ml.workspaces.get("main").name
    seen["workspaces"] = [each.name for each in ml.workspaces.list()]
    seen["default datastore"] = ml.datastores.get_default().name
    secret = AzureBlobDatastore(
        name="bds", account_name="acc", container_name="c", credentials=AccountKeyConfiguration(account_key="a2V5")
    )
    ml.datastores.create_or_update(secret)
    seen["datastore secret"] = ml.datastores.get("bds", include_secrets=True).credentials.account_key
    seen["datastores"] = sorted(each.name for each in ml.datastores.list())


def assets():
    seen["environment versions"] = [
        ml.environments.create_or_update(Environment(name="e1", image=image)).version for image in ("a", "b")
    ]
    seen["environment latest"] = ml.environments.get("e1", label="latest").image
    ml.environments.archive("e1", version="2")
    seen["environment active"] = [each.version for each in ml.environments.list("e1")]
    ml.environments.restore("e1", version="2")
    path = "azureml://datastores/workspaceblobstore/paths/x/y.csv"
    ml.data.create_or_update(Data(name="d1", type="uri_file", path=path))
    seen["data"] = ml.data.get("d1", label="latest").path
    ml.models.create_or_update(Model(name="m1", path="azureml://datastores/workspaceblobstore/paths/m"))
    seen["model"] = ml.models.get("m1", label="latest").version


def computes():
    cluster = AmlCompute(name="cpu-cluster", size="STANDARD_DS3_V2", min_instances=0, max_instances=2)
    seen["cluster"] = str(ml.compute.begin_create_or_update(cluster).result().provisioning_state)
    ml.compute.begin_create_or_update(ComputeInstance(name="ci-one", size="STANDARD_DS1_V2")).result()
    ml.compute.begin_stop("ci-one").result()
    seen["instance stopped"] = str(ml.compute.get("ci-one").state)
    ml.compute.begin_start("ci-one").result()
    seen["instance started"] = str(ml.compute.get("ci-one").state)


def jobs():
    job = command(
        name="sdk_job",
        code=f"{FOLDER}/src",
        command="python3 main.py ${{outputs.out}} ${{inputs.lr}}",
        inputs={"lr": 0.1},
        outputs={"out": Output(type="uri_folder")},
        environment="azureml:AzureML-sklearn-1.5@latest",
        compute="cpu-cluster",
        experiment_name="sdk",
    )
    ml.jobs.create_or_update(job)
    print("--- stream")
    ml.jobs.stream("sdk_job")
    print("--- end of stream")
    done = ml.jobs.get("sdk_job")
    seen["job"] = [done.status, done.services["Studio"].endpoint.split("?")[0].replace(URL, "")]
    done.tags = {"k": "v"}
    seen["job tags"] = ml.jobs.create_or_update(done).tags
    ml.jobs.archive("sdk_job")
    seen["jobs archived"] = [each.name for each in ml.jobs.list()]
    ml.jobs.restore("sdk_job")
    seen["jobs restored"] = [each.name for each in ml.jobs.list()]
    ml.jobs.create_or_update(command(name="sdk_long", command="sleep 600", environment=done.environment, compute="local"))
    ml.jobs.begin_cancel("sdk_long").result()
    while ml.jobs.get("sdk_long").status not in ("Canceled", "Completed", "Failed"):
        time.sleep(0.2)
    seen["cancelled"] = ml.jobs.get("sdk_long").status


def pipelines():
    component = ml.components.create_or_update(load_component(f"{FOLDER}/component.yml"))
    seen["component"] = ml.components.get("train_c").version

    @dsl.pipeline(compute="cpu-cluster")
    def steps(lr: float = 0.2):
        first = component(lr=lr)
        return {"o": first.outputs.out}

    job = ml.jobs.create_or_update(steps(), experiment_name="sdk")
    ml.jobs.stream(job.name)
    seen["pipeline"] = ml.jobs.get(job.name).status
    seen["steps"] = [each.status for each in ml.jobs.list(parent_job_name=job.name)]


def refusals():
    try:
        ml.jobs.create_or_update(command(command="echo x", environment="azureml:nothere:1", compute="cpu-cluster"))
    except HttpResponseError as error:
        seen["refused"] = [error.status_code, error.error.code, error.error.details[0].target]
    try:
        ml.jobs.get("nothere")
    except ResourceNotFoundError as error:
        seen["missing"] = error.error.code


for part in (workspaces_and_datastores, assets, computes, jobs, pipelines, refusals):
    part()
print(json.dumps(seen), file=sys.stderr)
