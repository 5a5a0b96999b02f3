"""Reads back, with the unmodified azure-ai-ml, what requests have made: facts on standard input, one line a thing read."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

from azure.ai.ml import MLClient  # noqa: E402
from azure.identity import DefaultAzureCredential  # noqa: E402

facts = json.load(sys.stdin)
ml = MLClient(
    DefaultAzureCredential(),
    facts["subscription"],
    facts["resource_group"],
    facts["workspace"],
)

# what reads one thing of a collection, by its name, its version and what it is under
READERS = {
    "workspaces": lambda n, v, p: ml.workspaces.get(n),
    "registries": lambda n, v, p: ml.registries.get(n),
    "computes": lambda n, v, p: ml.compute.get(n),
    "datastores": lambda n, v, p: ml.datastores.get(n, include_secrets=True),
    "codes": lambda n, v, p: ml._code.get(n, v),
    "environments": lambda n, v, p: ml.environments.get(n, v),
    "data": lambda n, v, p: ml.data.get(n, v),
    "models": lambda n, v, p: ml.models.get(n, v),
    "components": lambda n, v, p: ml.components.get(n, v),
    "jobs": lambda n, v, p: ml.jobs.get(n),
    "onlineEndpoints": lambda n, v, p: ml.online_endpoints.get(n),
    "onlineEndpoints/deployments": lambda n, v, p: ml.online_deployments.get(n, p),
    "batchEndpoints": lambda n, v, p: ml.batch_endpoints.get(n),
    "batchEndpoints/deployments": lambda n, v, p: ml.batch_deployments.get(n, p),
    "schedules": lambda n, v, p: ml.schedules.get(n),
    "connections": lambda n, v, p: ml.connections.get(n, populate_secrets=True),
    "featuresets": lambda n, v, p: ml.feature_sets.get(n, v),
    "featurestoreEntities": lambda n, v, p: ml.feature_store_entities.get(n, v),
    "indexes": lambda n, v, p: ml.indexes.get(n, version=v),
    "serverlessEndpoints": lambda n, v, p: ml.serverless_endpoints.get(n),
    "marketplaceSubscriptions": lambda n, v, p: ml.marketplace_subscriptions.get(n),
    "capabilityHosts": lambda n, v, p: ml.capability_hosts.get(n),
    "outboundRules": lambda n, v, p: ml.workspace_outbound_rules.get(
        facts["workspace"], n
    ),
}
LISTS = {
    "computes": lambda: ml.compute.list(),
    "datastores": lambda: ml.datastores.list(),
    "environments": lambda: ml.environments.list(),
    "data": lambda: ml.data.list(),
    "models": lambda: ml.models.list(),
    "components": lambda: ml.components.list(),
    "jobs": lambda: ml.jobs.list(),
    "onlineEndpoints": lambda: ml.online_endpoints.list(),
    "batchEndpoints": lambda: ml.batch_endpoints.list(),
    "schedules": lambda: ml.schedules.list(),
    "connections": lambda: ml.connections.list(),
    "featuresets": lambda: ml.feature_sets.list(),
    "featurestoreEntities": lambda: ml.feature_store_entities.list(),
    "indexes": lambda: ml.indexes.list(),
    "serverlessEndpoints": lambda: ml.serverless_endpoints.list(),
    "marketplaceSubscriptions": lambda: ml.marketplace_subscriptions.list(),
    "outboundRules": lambda: ml.workspace_outbound_rules.list(facts["workspace"]),
    "registries": lambda: ml.registries.list(),
    "workspaces": lambda: ml.workspaces.list(),
    "vmSizes": lambda: ml.compute.list_sizes(),
    "usages": lambda: ml.compute.list_usage(),
}


def tell(what, work):
    try:
        print("read", what, work(), flush=True)
    except Exception as error:  # whatever the client makes of an answer it cannot read
        text = f"{type(error).__name__}: {error}".replace("\n", " ")
        print("failed", what, text[:600], flush=True)


def read(thing):
    found = READERS[thing["collection"]](
        thing["name"], thing.get("version"), thing.get("parent")
    )
    # a rule of a managed network and a code version have no dictionary of their own
    dictionary = getattr(found, "_to_dict", None)
    if dictionary is not None:
        dictionary()
    return type(found).__name__


for thing in facts["things"]:
    tell(thing["path"], lambda: read(thing))
for collection, listing in LISTS.items():
    tell(f"list of {collection}", lambda: len(list(listing())))
