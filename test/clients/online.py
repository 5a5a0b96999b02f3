"""What a user of azure-ai-ml does with online endpoints, with nothing but what `laz connect python` prints in the environment.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import json
import os
import sys

FOLDER = os.environ["LAZ_TEST_FOLDER"]
from azure.ai.ml import MLClient
from azure.ai.ml.constants import AssetTypes
from azure.ai.ml.constants._endpoint import EndpointInvokeFields
from azure.ai.ml.entities import (
    CodeConfiguration,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    OnlineRequestSettings,
)
from azure.identity import DefaultAzureCredential

ml = MLClient(
    DefaultAzureCredential(),
    os.environ["AZURE_SUBSCRIPTION_ID"],
    os.environ["AZURE_DEFAULTS_GROUP"],
    os.environ["AZURE_DEFAULTS_WORKSPACE"],
)
seen = {}


def path(name):
    return os.path.join(FOLDER, name)


def deployment(name, word):
    return ManagedOnlineDeployment(
        name=name,
        endpoint_name="words",
        model="azureml:words@latest",
        code_configuration=CodeConfiguration(code=path("code"), scoring_script="score.py"),
        environment="azureml:AzureML-sklearn-1.5@latest",
        environment_variables={"WORD": word},
        instance_type="Standard_DS3_v2",
        instance_count=1,
        request_settings=OnlineRequestSettings(request_timeout_ms=10000, max_concurrent_requests_per_instance=4),
    )


def invoke(name=None):
    # the client keeps the header of a deployment once named, in a mapping that all its calls share
    EndpointInvokeFields.DEFAULT_HEADER.pop(EndpointInvokeFields.MODEL_DEPLOYMENT, None)
    text = ml.online_endpoints.invoke("words", deployment_name=name, request_file=path("request.json"))
    return json.loads(text)


ml.models.create_or_update(Model(name="words", path=path("model"), type=AssetTypes.CUSTOM_MODEL))
endpoint = ManagedOnlineEndpoint(name="words", auth_mode="key", description="d", tags={"a": "b"})
ml.online_endpoints.begin_create_or_update(endpoint).result()
for name in ["blue", "green"]:
    ml.online_deployments.begin_create_or_update(deployment(name, name)).result()
seen["states"] = sorted((d.name, d.provisioning_state) for d in ml.online_deployments.list("words"))
endpoint = ml.online_endpoints.get("words")
endpoint.traffic = {"blue": 100}
endpoint.mirror_traffic = {"green": 10}
ml.online_endpoints.begin_create_or_update(endpoint).result()
seen["traffic"] = ml.online_endpoints.get("words").traffic
seen["mirror"] = ml.online_endpoints.get("words").mirror_traffic
seen["invoked"] = invoke()
seen["named"] = invoke("green")
seen["logs"] = ml.online_deployments.get_logs("blue", "words", lines=50)
ml.online_deployments.begin_create_or_update(deployment("blue", "azure")).result()
seen["updated"] = invoke()
before = ml.online_endpoints.get_keys("words").primary_key
ml.online_endpoints.begin_regenerate_keys("words", key_type="primary").result()
seen["regenerated"] = ml.online_endpoints.get_keys("words").primary_key != before
seen["after"] = invoke()
endpoint = ml.online_endpoints.get("words")
endpoint.mirror_traffic = {}
endpoint.traffic = {"green": 100}
ml.online_endpoints.begin_create_or_update(endpoint).result()
seen["swapped"] = invoke()
ml.online_deployments.begin_delete("blue", "words").result()
seen["left"] = [d.name for d in ml.online_deployments.list("words")]
ml.online_endpoints.begin_delete("words").result()
seen["gone"] = [e.name for e in ml.online_endpoints.list()]
print(json.dumps(seen), file=sys.stderr)
