"""What a user of azure-ai-ml does to keep the calls of an endpoint, with nothing but what `laz connect python` prints.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import json
import os
import sys
import time

from azure.ai.ml.entities import (
    CodeConfiguration,
    DataAsset,
    DataCollector,
    DeploymentCollection,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    OnlineRequestSettings,
)
from workspace import ml

FOLDER = os.environ["LAZ_TEST_FOLDER"]

seen = {}
ml.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name="kept", auth_mode="key")).result()
elsewhere = DataAsset(name="mine", version="3", path="azureml://datastores/workspaceblobstore/paths/elsewhere")
deployment = ManagedOnlineDeployment(
    name="blue",
    endpoint_name="kept",
    code_configuration=CodeConfiguration(code=os.path.join(FOLDER, "code"), scoring_script="score.py"),
    environment="azureml:AzureML-sklearn-1.5@latest",
    instance_type="Standard_DS3_v2",
    instance_count=1,
    request_settings=OnlineRequestSettings(request_timeout_ms=30000),
    data_collector=DataCollector(
        collections={
            "request": DeploymentCollection(enabled="true"),
            "response": DeploymentCollection(enabled="true", data=elsewhere),
            "model_inputs": DeploymentCollection(enabled="false"),
        },
        rolling_rate="minute",
        sampling_rate=1.0,
    ),
)
made = ml.online_deployments.begin_create_or_update(deployment).result()
seen["state"] = made.provisioning_state
seen["asset"] = ml.data.get("kept-blue-request", "1").path
seen["named"] = ml.data.get("mine", "3").path
read = ml.online_deployments.get("blue", "kept")
seen["collections"] = {name: one.enabled for name, one in read.data_collector.collections.items()}
seen["rate"] = read.data_collector.sampling_rate
seen["rolling"] = read.data_collector.rolling_rate.lower()
ml.online_endpoints.invoke("kept", deployment_name="blue", request_file=os.path.join(FOLDER, "request.json"))
seen["kept"] = {}
from azure.storage.blob import ContainerClient

store = ml.datastores.get_default(include_secrets=True)
container = ContainerClient(
    account_url="%s://%s.blob.%s" % (store.protocol, store.account_name, store.endpoint),
    container_name=store.container_name,
    credential=getattr(store.credentials, "account_key", None) or getattr(store.credentials, "sas_token", None),
)
places = {"request": "modelDataCollector/kept/blue/request/", "response": "elsewhere/"}
for name, place in places.items():
    for _ in range(100):
        files = [blob.name for blob in container.list_blobs(name_starts_with=place) if blob.name.endswith(".jsonl")]
        if files:
            break
        time.sleep(0.1)
    lines = container.download_blob(files[0]).readall().decode().splitlines()
    seen["kept"][name] = json.loads(lines[0])["data"]
print(json.dumps(seen), file=sys.stderr)
