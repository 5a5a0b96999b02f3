"""Search of registered models and of their versions."""
import time

from suite import check, rows
from wire import fresh, pairs, same

made = {}


def family(api):
    if made:
        return made
    made["prefix"] = fresh("Find")
    for name, tags in (("alpha", {"t": "x"}), ("Beta", {"t": "y", "n": "1"}), ("gamma", {})):
        api.model(f"{made['prefix']}-{name}", tags=pairs(tags))
        time.sleep(0.005)
    source, run = api.source()
    made["run"], made["source"] = run, source
    api.version(f"{made['prefix']}-alpha", source, run_id=run, tags=pairs({"v": "one"}))
    time.sleep(0.005)
    api.version(f"{made['prefix']}-alpha", tags=pairs({"v": "two"}))
    time.sleep(0.005)
    api.version(f"{made['prefix']}-Beta", tags=pairs({"v": "one"}))
    return made


def models(api, filter=None, **more):
    prefix = family(api)["prefix"]
    text = f"name LIKE '{prefix}-%'" + (f" AND {filter}" if filter else "")
    answer = api.get("registered-models/search", filter=text, **more)
    return [m["name"].removeprefix(f"{prefix}-") for m in answer.ok().get("registered_models", [])]


def versions(api, filter=None, **more):
    prefix = family(api)["prefix"]
    text = f"name LIKE '{prefix}-%'" + (f" AND {filter}" if filter else "")
    answer = api.get("model-versions/search", filter=text, **more)
    return [m["name"].removeprefix(f"{prefix}-") + m["version"] for m in answer.ok().get("model_versions", [])]


@rows("models: filter {0}", [
    (None, ["Beta", "alpha", "gamma"]), ("name ILIKE '%-BETA'", ["Beta"]), ("name LIKE '%-BETA'", []), ("name LIKE '%-_lpha'", ["alpha"]),
    ("tags.t = 'x'", ["alpha"]), ("tags.t != 'x'", ["Beta"]), ("tags.t LIKE '%'", ["Beta", "alpha"]), ("tags.t ILIKE 'Y'", ["Beta"]), ("tags.`t` = 'x'", ["alpha"]),
    ("tags.t = 'y' AND tags.n = '1'", ["Beta"]), ("tags.t = 'x' and tags.n = '1'", []), ("tag.t = 'x'", ["alpha"]),
    ("tags.`mlflow.prompt.is_prompt` != 'true'", ["Beta", "alpha", "gamma"]), ("tags.`mlflow.prompt.is_prompt` = 'false'", ["Beta", "alpha", "gamma"]),
], "registry_search")
def _(api, filter, expected):
    same(models(api, filter), expected)


@check("models: filter name = and !=")
def _(api):
    prefix = family(api)["prefix"]
    same([models(api, f"name = '{prefix}-alpha'"), models(api, f"name != '{prefix}-alpha'")], [["alpha"], ["Beta", "gamma"]])


@rows("models: filter {0} is refused", [("nothing = 'x'",), ("name > 'x'",), ("name = 5",), ("tags.t > 'x'",), ("name = 'a' OR name = 'b'",), ("name",), ("params.a = '1'",), ("name == 'a'",), ("NOT name = 'a'",), ("name = 'a",), ("name IN ('a')",)], "registry_search")
def _(api, filter):
    api.get("registered-models/search", filter=filter).refused("INVALID_PARAMETER_VALUE")


@rows("models: order {0}", [
    (["name ASC"], ["Beta", "alpha", "gamma"]), (["name DESC"], ["gamma", "alpha", "Beta"]), (["name"], ["Beta", "alpha", "gamma"]),
    (["creation_timestamp ASC"], ["alpha", "Beta", "gamma"]), (["creation_timestamp DESC"], ["gamma", "Beta", "alpha"]),
    (["last_updated_timestamp ASC"], ["gamma", "alpha", "Beta"]), (["timestamp DESC"], ["Beta", "alpha", "gamma"]), (["name asc"], ["Beta", "alpha", "gamma"]),
], "registry_search")
def _(api, order, expected):
    same(models(api, order_by=order), expected)


@rows("models: order {0} is refused", [("nothing",), ("name SIDEWAYS",), ("tags.t",), ("name ASC DESC",)], "registry_search")
def _(api, order):
    api.get("registered-models/search", order_by=[order]).refused("INVALID_PARAMETER_VALUE")


@check("models: pages hold all, once")
def _(api):
    prefix, found, token = family(api)["prefix"], [], None
    for _ in range(5):
        body = api.get("registered-models/search", filter=f"name LIKE '{prefix}-%'", max_results=1, **({"page_token": token} if token else {})).ok()
        found += [m["name"].removeprefix(f"{prefix}-") for m in body.get("registered_models", [])]
        token = body.get("next_page_token")
        if not token:
            break
    same(found, ["Beta", "alpha", "gamma"])


@rows("models: max_results {0} is refused", [(0,), (-1,), (1001,)], "registry_search")
def _(api, count):
    api.get("registered-models/search", max_results=count).refused("INVALID_PARAMETER_VALUE", "max_results")


@check("models: nothing found is an empty answer")
def _(api):
    same(api.get("registered-models/search", filter="name = 'there is none'").ok(), {})


@check("models: a page token that nobody gave out is refused")
def _(api):
    api.get("registered-models/search", page_token="$$$").refused("INVALID_PARAMETER_VALUE")


@check("models come with their latest versions")
def _(api):
    prefix = family(api)["prefix"]
    found = api.get("registered-models/search", filter=f"name = '{prefix}-alpha'").ok()["registered_models"][0]
    same([v["version"] for v in found["latest_versions"]], ["2"])


@rows("versions: filter {0}", [
    (None, ["Beta1", "alpha2", "alpha1"]), ("tags.v = 'one'", ["Beta1", "alpha1"]), ("tags.v != 'one'", ["alpha2"]), ("tags.v LIKE 'o%'", ["Beta1", "alpha1"]),
    ("tags.v ILIKE 'ONE'", ["Beta1", "alpha1"]), ("version_number = 2", ["alpha2"]), ("version_number > 1", ["alpha2"]), ("version_number <= 1", ["Beta1", "alpha1"]),
    ("version_number != 1", ["alpha2"]), ("tags.v = 'one' AND version_number = 1", ["Beta1", "alpha1"]), ("name ILIKE '%-BETA'", ["Beta1"]), ("source_path LIKE '%/model'", ["Beta1", "alpha2", "alpha1"]),
    ("run_id = 'none'", []), ("run_id IN ('none')", []),
], "registry_search")
def _(api, filter, expected):
    same(versions(api, filter), expected)


@check("versions: filter by run_id and source")
def _(api):
    run, source = family(api)["run"], made["source"]
    for filter in (f"run_id = '{run}'", f"run_id IN ('{run}', 'none')", f"source_path = '{source}'", f"run_id IN ('{run}') AND version_number = 1"):
        same([filter, versions(api, filter)], [filter, ["alpha1"]])


@rows("versions: filter {0} is refused", [("nothing = 'x'",), ("version_number = 'x'",), ("version_number LIKE '1'",), ("name > 'x'",), ("name = 5",), ("tags.v > 'x'",), ("name = 'a' OR name = 'b'",), ("run_id IN ()",), ("run_id = 'a",), ("name IN ('a')",) if False else ("params.a = '1'",)], "registry_search")
def _(api, filter):
    api.get("model-versions/search", filter=filter).refused("INVALID_PARAMETER_VALUE")


@rows("versions: order {0}", [
    (["version_number ASC", "name ASC"], ["Beta1", "alpha1", "alpha2"]), (["version_number DESC"], None), (["name ASC"], ["Beta1", "alpha2", "alpha1"]), (["name DESC"], ["alpha2", "alpha1", "Beta1"]),
    (["creation_timestamp ASC"], ["alpha1", "alpha2", "Beta1"]), (["last_updated_timestamp DESC"], ["Beta1", "alpha2", "alpha1"]), (["last_updated_timestamp ASC"], ["alpha1", "alpha2", "Beta1"]),
], "registry_search")
def _(api, order, expected):
    found = versions(api, order_by=order)
    same(found if expected else found[0], expected or "alpha2")


@rows("versions: order {0} is refused", [("nothing",), ("name SIDEWAYS",), ("tags.v",)], "registry_search")
def _(api, order):
    api.get("model-versions/search", order_by=[order]).refused("INVALID_PARAMETER_VALUE")


@check("versions: pages hold all, once")
def _(api):
    prefix, found, token = family(api)["prefix"], [], None
    for _ in range(5):
        body = api.get("model-versions/search", filter=f"name LIKE '{prefix}-%'", max_results=1, **({"page_token": token} if token else {})).ok()
        found += [m["name"].removeprefix(f"{prefix}-") + m["version"] for m in body.get("model_versions", [])]
        token = body.get("next_page_token")
        if not token:
            break
    same(found, ["Beta1", "alpha2", "alpha1"])


@rows("versions: max_results {0} is refused", [(0,), (-1,), (200_001,)], "registry_search")
def _(api, count):
    api.get("model-versions/search", max_results=count).refused("INVALID_PARAMETER_VALUE", "max_results")


@check("versions: a deleted one is not found")
def _(api):
    name = api.model()
    for _ in range(2):
        api.version(name)
    api.delete("model-versions/delete", name=name, version="1").ok()
    same([v["version"] for v in api.get("model-versions/search", filter=f"name = '{name}'").ok()["model_versions"]], ["2"])
