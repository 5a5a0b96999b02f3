"""Workspaces, computes, datastores, connections."""

import json
import re
import uuid

from azure.ai.ml import MLClient, entities

from harness import GROUP, LABELS, MARK, MINOR, SUBSCRIPTION, credential, equal, gone, ml, names, plain, same, step


# workspaces: created through a template deployment, as the client always does
@step("workspace")
def _():
    given = {
        "name": f"second-{MARK}",
        "display_name": "Second",
        "location": "westeurope",
        "public_network_access": "Enabled",
        "hbi_workspace": False,
        **LABELS,
    }
    made = ml.workspaces.begin_create(entities.Workspace(**given)).result()
    same(given, made)
    same(given, ml.workspaces.get(given["name"]))
    assert given["name"] in names(ml.workspaces.list()) and "main" in names(ml.workspaces.list())
    changed = {"display_name": "Other", "description": "changed", "tags": {"team": "blue"}}
    same(changed, ml.workspaces.begin_update(ml.workspaces.get(given["name"]), **changed).result())
    same({**given, **changed}, ml.workspaces.get(given["name"]))
    assert ml.workspaces.get_keys(given["name"]) is not None
    ml.workspaces.begin_sync_keys(given["name"]).result()
    ml.workspaces.begin_diagnose(given["name"]).result()
    again = ml.workspaces.begin_create(entities.Workspace(**{**given, "display_name": "Third"})).result()
    equal("Third", again.display_name, "a create of what is there updates it")
    other = MLClient(credential, SUBSCRIPTION, GROUP, given["name"])
    stores = ["workspaceartifactstore", "workspaceblobstore", "workspacefilestore", "workspaceworkingdirectory"]
    equal(stores, sorted(names(other.datastores.list())), "datastores of a new workspace")
    ml.workspaces.begin_delete(given["name"], delete_dependent_resources=False).result()
    gone(lambda: ml.workspaces.get(given["name"]))


@step("workspace hub and project")
def _():
    hub = {"name": f"hub-{MARK}", "display_name": "Hub", "location": "westeurope", **LABELS}
    made = ml.workspaces.begin_create(entities.Hub(**hub)).result()
    same(hub, made)
    project = {"name": f"project-{MARK}", "hub_id": made.id, "location": "westeurope", "display_name": "P"}
    same(project, ml.workspaces.begin_create(entities.Project(**project)).result())
    got = ml.workspaces.get(project["name"])
    same(project, got)
    equal("Project", type(got).__name__)
    assert hub["name"] in names(ml.workspaces.list(filtered_kinds=["hub"]))
    for name in (project["name"], hub["name"]):
        ml.workspaces.begin_delete(name, delete_dependent_resources=False).result()


def compute(kind, given, changed, **instead):
    ml.compute.begin_create_or_update(kind(**given)).result()
    got = ml.compute.get(given["name"])
    same(given, got, **instead)
    equal("Succeeded", got.provisioning_state)
    assert given["name"] in names(ml.compute.list())
    assert given["name"] in names(ml.compute.list(compute_type=got.type))
    for field, value in changed.items():
        setattr(got, field, value)
    if changed:
        ml.compute.begin_update(got).result()
        same({**given, **changed}, ml.compute.get(given["name"]), **{**instead, **changed})


@step("compute amlcompute")
def _():
    given = {
        "name": f"aml-{MARK}",
        "size": "Standard_DS3_v2",
        "min_instances": 0,
        "max_instances": 3,
        "idle_time_before_scale_down": 300,
        "tier": "low_priority",
        "tags": LABELS["tags"],
        "identity": entities.IdentityConfiguration(type="system_assigned"),
    }
    compute(
        entities.AmlCompute,
        given,
        {"max_instances": 4, "idle_time_before_scale_down": 60},
        size=re.compile("(?i)standard_ds3_v2"),
        tier=re.compile("(?i)low_?priority"),
        identity={"type": "system_assigned"},
    )
    list(ml.compute.list_nodes(given["name"]))
    ml.compute.begin_delete(given["name"]).result()
    gone(lambda: ml.compute.get(given["name"]))


@step("compute instance")
def _():
    given = {
        "name": f"ci-{MARK}",
        "size": "STANDARD_DS1_V2",
        "idle_time_before_shutdown_minutes": 30,
        "tags": LABELS["tags"],
    }
    compute(entities.ComputeInstance, given, {})
    ml.compute.begin_stop(given["name"]).result()
    equal("Stopped", ml.compute.get(given["name"]).state)
    ml.compute.begin_start(given["name"]).result()
    equal("Running", ml.compute.get(given["name"]).state)
    ml.compute.begin_restart(given["name"]).result()
    equal("Running", ml.compute.get(given["name"]).state)
    ml.compute.begin_delete(given["name"]).result()
    gone(lambda: ml.compute.get(given["name"]))


@step("compute kubernetes")
def _():
    cluster = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/k"
    given = {
        "name": f"k8s-{MARK}",
        "resource_id": cluster,
        "namespace": "training",
        "tags": LABELS["tags"],
        "description": "k",
    }
    compute(entities.KubernetesCompute, given, {"namespace": "other"})
    ml.compute.begin_delete(given["name"], action="Detach").result()
    gone(lambda: ml.compute.get(given["name"]))


@step("compute virtual machine")
def _():
    machine = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"
    login = entities.VirtualMachineSshSettings(admin_username="me", admin_password="S3cret-of-vm", ssh_port=2222)
    given = {"name": f"vm-{MARK}", "resource_id": machine, "ssh_settings": login, "description": "v"}
    compute(entities.VirtualMachineCompute, given, {}, ssh_settings={"admin_username": "me", "ssh_port": 2222})
    assert "S3cret" not in str(ml.compute.get(given["name"]).ssh_settings.admin_password)
    ml.compute.begin_delete(given["name"], action="Detach").result()
    gone(lambda: ml.compute.get(given["name"]))


@step("compute sizes and usage")
def _():
    sizes = list(ml.compute.list_sizes())
    assert sizes and all(each.name for each in sizes)
    assert all(each.unit is not None and each.limit is not None for each in ml.compute.list_usage())


def datastore(kind, given, secrets):
    ml.datastores.create_or_update(kind(**given))
    got = ml.datastores.get(given["name"])
    shown = {key: value for key, value in given.items() if key != "credentials"}
    same(shown, got)
    opened = ml.datastores.get(given["name"], include_secrets=True)
    if MINOR < 28 and "credentials" in given:
        # these releases ask for the secrets and then lose them: they look at the answer with classes of another version
        told = ml.datastores._list_secrets(given["name"], expirable_secret=True)
        assert set(secrets.values()) & {each for each in vars(told).values() if isinstance(each, str)}, (
            "no secret was listed"
        )
        opened.credentials = given["credentials"]
    for field, value in secrets.items():
        equal(value, getattr(opened.credentials, field), field)
        if field in ("account_key", "sas_token", "client_secret", "certificate"):
            assert value not in str(vars(got.credentials)), f"{field} is shown without being asked for"
    assert given["name"] in names(ml.datastores.list())
    opened.description, opened.tags = "changed", {"team": "blue"}
    ml.datastores.create_or_update(opened)
    after = ml.datastores.get(given["name"], include_secrets=True)
    same({**shown, "description": "changed", "tags": {"team": "blue"}}, after)
    if MINOR < 28 and "credentials" in given:
        after.credentials = given["credentials"]
    for field, value in secrets.items():
        equal(value, getattr(after.credentials, field), f"{field} after an update")
    ml.datastores.delete(given["name"])
    gone(lambda: ml.datastores.get(given["name"]))


PRINCIPAL = {"tenant_id": str(uuid.uuid4()), "client_id": str(uuid.uuid4()), "client_secret": "S3cret~of.principal"}


@step("datastore blob with a key")
def _():
    key = entities.AccountKeyConfiguration(account_key="a2V5LW9mLWFjY291bnQ=")
    given = {
        "name": f"blob_{MARK}",
        "account_name": "acct",
        "container_name": "cont",
        "protocol": "https",
        "endpoint": "core.windows.net",
        "credentials": key,
        **LABELS,
    }
    datastore(entities.AzureBlobDatastore, given, {"account_key": "a2V5LW9mLWFjY291bnQ="})


@step("datastore blob with a signature")
def _():
    sas = entities.SasTokenConfiguration(sas_token="sv=2022&sig=S3cret")
    given = {"name": f"sas_{MARK}", "account_name": "acct", "container_name": "cont", "credentials": sas, **LABELS}
    datastore(entities.AzureBlobDatastore, given, {"sas_token": "sv=2022&sig=S3cret"})


@step("datastore blob without credentials")
def _():
    given = {"name": f"open_{MARK}", "account_name": "acct", "container_name": "cont", **LABELS}
    datastore(entities.AzureBlobDatastore, given, {})


@step("datastore file")
def _():
    key = entities.AccountKeyConfiguration(account_key="a2V5")
    given = {"name": f"file_{MARK}", "account_name": "acct", "file_share_name": "share", "credentials": key, **LABELS}
    datastore(entities.AzureFileDatastore, given, {"account_key": "a2V5"})


@step("datastore data lake gen1")
def _():
    who = entities.ServicePrincipalConfiguration(**PRINCIPAL)
    given = {"name": f"lake1_{MARK}", "store_name": "lake", "credentials": who, **LABELS}
    datastore(entities.AzureDataLakeGen1Datastore, given, PRINCIPAL)


@step("datastore data lake gen2")
def _():
    who = entities.ServicePrincipalConfiguration(**PRINCIPAL)
    given = {"name": f"lake2_{MARK}", "account_name": "acct", "filesystem": "fs", "credentials": who, **LABELS}
    datastore(entities.AzureDataLakeGen2Datastore, given, PRINCIPAL)


@step("datastore one lake")
def _():
    artifact = entities.OneLakeArtifact(name=str(uuid.uuid4()), type="lake_house")
    who = entities.ServicePrincipalConfiguration(**PRINCIPAL)
    given = {
        "name": f"one_{MARK}",
        "one_lake_workspace_name": str(uuid.uuid4()),
        "endpoint": "onelake.dfs.fabric.microsoft.com",
        "artifact": artifact,
        "credentials": who,
        **LABELS,
    }
    datastore(entities.OneLakeDatastore, given, PRINCIPAL)


@step("datastore default")
def _():
    equal("workspaceblobstore", ml.datastores.get_default().name)
    got = ml.datastores.get("workspaceblobstore")
    got.tags, got.description = {"team": "red"}, "ours"
    changed = ml.datastores.create_or_update(got)
    same({"tags": {"team": "red"}, "description": "ours"}, changed)
    equal("workspaceblobstore", ml.datastores.get_default().name, "the default after an update of it")


@step("connection")
def _():
    given = {
        "name": f"git-{MARK}",
        "target": "https://git.example/x",
        "type": "git",
        "credentials": entities.PatTokenConfiguration(pat="S3cret-pat"),
    }
    ml.connections.create_or_update(entities.WorkspaceConnection(**given))
    got = ml.connections.get(given["name"])
    same({"name": given["name"], "target": given["target"], "type": "git"}, got)
    assert "S3cret" not in json.dumps(plain(got), default=str)
    assert given["name"] in names(ml.connections.list())
    got = ml.connections.get(given["name"])
    changed = entities.WorkspaceConnection(**{**given, "target": "https://git.example/y"})
    equal("https://git.example/y", ml.connections.create_or_update(changed).target)
    ml.connections.delete(given["name"])
    gone(lambda: ml.connections.get(given["name"]))


@step("connection with its secrets")
def _():
    key = entities.ApiKeyConfiguration(key="S3cret-key")
    given = {
        "name": f"key-{MARK}",
        "target": "https://api.example",
        "type": "custom",
        "credentials": key,
        "metadata": {"region": "west"},
    }
    ml.connections.create_or_update(entities.WorkspaceConnection(**given))
    if (
        "populate_secrets" in type(ml.connections).get.__wrapped__.__code__.co_varnames
        if hasattr(type(ml.connections).get, "__wrapped__")
        else True
    ):
        got = ml.connections.get(given["name"], populate_secrets=True)
        equal("S3cret-key", got.credentials.key)
        equal({"region": "west"}, {key: got.metadata[key] for key in ("region",)})
    ml.connections.delete(given["name"])
