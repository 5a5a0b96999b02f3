"""What a user of azure-ai-ml does with online endpoints, with nothing but what `laz connect python` prints in the environment.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import json
import os
import sys
import time
from collections import Counter

import requests

FOLDER = os.environ["LAZ_TEST_FOLDER"]
from azure.ai.ml.constants import AssetTypes
from azure.ai.ml.constants._endpoint import EndpointInvokeFields
from azure.ai.ml.entities import (
    AzureMLOnlineInferencingServer,
    BaseEnvironment,
    CodeConfiguration,
    Environment,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    ModelPackage,
    OnlineRequestSettings,
)
from workspace import ml

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


def shares(calls):
    """Who answered, of so many calls of the address itself."""
    uri = ml.online_endpoints.get("words").scoring_uri
    key = ml.online_endpoints.get_keys("words").primary_key
    with requests.Session() as session:
        session.headers.update({"Authorization": "Bearer " + key, "Content-Type": "application/json"})
        answers = [session.post(uri, data='{"n": 2}', timeout=60) for _ in range(calls)]
    return Counter(one.json()["word"] if one.ok else str(one.status_code) for one in answers)


def mirrored(name):
    """Whether calls that the other deployment answers are heard by this one."""
    for _ in range(200):
        invoke()
        if "was asked about 2" in ml.online_deployments.get_logs(name, "words", lines=50):
            return True
        time.sleep(0.1)
    return False


def turn(traffic, mirror):
    endpoint = ml.online_endpoints.get("words")
    endpoint.traffic, endpoint.mirror_traffic = traffic, mirror
    ml.online_endpoints.begin_create_or_update(endpoint).result()
    return ml.online_endpoints.get("words")


ml.models.create_or_update(Model(name="words", path=path("model"), type=AssetTypes.CUSTOM_MODEL))
endpoint = ManagedOnlineEndpoint(name="words", auth_mode="key", description="d", tags={"a": "b"})
ml.online_endpoints.begin_create_or_update(endpoint).result()
for name in ["blue", "green"]:
    ml.online_deployments.begin_create_or_update(deployment(name, name)).result()
seen["states"] = sorted((d.name, d.provisioning_state) for d in ml.online_deployments.list("words"))
endpoint = turn({"blue": 100}, {"green": 50})
seen["traffic"], seen["mirror"] = endpoint.traffic, endpoint.mirror_traffic
seen["invoked"] = invoke()
seen["mirrored"] = mirrored("green")
seen["split"] = turn({"blue": 90, "green": 10}, {}).traffic
seen["shares"] = shares(300)
turn({"blue": 100}, {})
seen["named"] = invoke("green")
seen["logs"] = ml.online_deployments.get_logs("blue", "words", lines=5000)
ml.online_deployments.begin_create_or_update(deployment("blue", "azure")).result()
seen["updated"] = invoke()
before = ml.online_endpoints.get_keys("words").primary_key
ml.online_endpoints.begin_regenerate_keys("words", key_type="primary").result()
seen["regenerated"] = ml.online_endpoints.get_keys("words").primary_key != before
seen["after"] = invoke()
turn({"green": 100}, {})
seen["swapped"] = invoke()
ml.online_deployments.begin_delete("blue", "words").result()
ml.environments.create_or_update(Environment(name="base", version="1", image="python:3.11-slim"))
packed = ml.models.package(
    "words",
    "1",
    ModelPackage(
        target_environment="words-pkg",
        base_environment_source=BaseEnvironment(type="EnvironmentAsset", resource_id="azureml:base:1"),
        inferencing_server=AzureMLOnlineInferencingServer(
            code_configuration=CodeConfiguration(code=path("code"), scoring_script="score.py")
        ),
        environment_variables={"WORD": "packed"},
    ),
)
seen["packed"] = [packed.name, packed.version]
ml.online_deployments.begin_create_or_update(
    ManagedOnlineDeployment(
        name="packed", endpoint_name="words", environment=packed, instance_type="Standard_DS3_v2", instance_count=1
    )
).result()
seen["unpacked"] = invoke("packed")
seen["left"] = sorted(d.name for d in ml.online_deployments.list("words"))
ml.online_endpoints.begin_delete("words").result()
seen["gone"] = [e.name for e in ml.online_endpoints.list()]
print(json.dumps(seen), file=sys.stderr)
