"""Search of logged models."""
import time

from suite import check, rows
from wire import metric, pairs, same

made = {}


def family(api):
    if made:
        return made
    made["experiment"] = api.experiment()
    made["run"] = api.run(made["experiment"])
    for name, acc, params, tags, kind in (("alpha", 0.9, {"lr": "0.1"}, {"t": "x"}, "agent"), ("Beta", 0.5, {"lr": "0.2"}, {"t": "y"}, "net"), ("gamma", None, {}, {}, "net")):
        model = api.post("logged-models", experiment_id=made["experiment"], name=name, source_run_id=made["run"], params=pairs(params), tags=pairs(tags), model_type=kind).ok()["model"]["info"]["model_id"]
        made[name] = model
        if acc is not None:
            data = {"dataset_name": "train", "dataset_digest": "1"}
            api.post("runs/log-batch", run_id=made["run"], metrics=[metric("acc", acc, model_id=model, **data), metric("plain", 1 - acc, model_id=model)]).ok()
        time.sleep(0.005)
    api.patch(f"logged-models/{made['alpha']}", model_id=made["alpha"], status="LOGGED_MODEL_READY").ok()
    return made


def search(api, filter=None, **more):
    return api.post("logged-models/search", experiment_ids=[family(api)["experiment"]], **({"filter": filter} if filter else {}), **more)


def found(api, filter=None, **more):
    return [m["info"]["name"] for m in search(api, filter, **more).ok().get("models", [])]


@rows("filter {0}", [
    (None, ["gamma", "Beta", "alpha"]), ("name = 'alpha'", ["alpha"]), ("attributes.name = 'alpha'", ["alpha"]), ("name != 'alpha'", ["gamma", "Beta"]), ("name LIKE '%a'", ["gamma", "Beta", "alpha"]),
    ("name ILIKE 'BETA'", ["Beta"]), ("name IN ('alpha', 'gamma')", ["gamma", "alpha"]), ("name NOT IN ('alpha')", ["gamma", "Beta"]),
    ("model_type = 'net'", ["gamma", "Beta"]), ("attributes.model_type LIKE 'ag%'", ["alpha"]),
    ("metrics.acc > 0.6", ["alpha"]), ("metrics.acc <= 0.9", ["Beta", "alpha"]), ("metrics.acc != 0.9", ["Beta"]), ("metrics.none > 0", []),
    ("params.lr = '0.1'", ["alpha"]), ("params.lr != '0.1'", ["Beta"]), ("params.lr LIKE '0.%'", ["Beta", "alpha"]),
    ("tags.t = 'x'", ["alpha"]), ("tags.t != 'x'", ["Beta"]), ("tags.t ILIKE 'X'", ["alpha"]), ("tags.t IN ('x', 'y')", ["Beta", "alpha"]), ("creation_timestamp > 5", ["gamma", "Beta", "alpha"]),
    ("attributes.creation_timestamp < 5", []), ("last_updated_timestamp > 5", ["gamma", "Beta", "alpha"]), ("metrics.acc > 0.1 AND params.lr = '0.2' AND tags.t = 'y'", ["Beta"]),
], "logged_model_search")
def _(api, filter, expected):
    same(found(api, filter), expected)


@check("filter by model_id and source_run_id")
def _(api):
    models = family(api)
    same(found(api, f"model_id = '{models['alpha']}'"), ["alpha"])
    same(found(api, f"attributes.model_id IN ('{models['alpha']}', '{models['Beta']}')"), ["Beta", "alpha"])
    same(found(api, f"source_run_id = '{models['run']}'"), ["gamma", "Beta", "alpha"])
    same(found(api, "source_run_id = 'none'"), [])


@rows("filter {0} is refused", [("nothing = 'x'",), ("name > 'x'",), ("metrics.acc LIKE 'x'",), ("metrics.acc = 'x'",), ("nothing.a = 'x'",), ("name = 'a' OR name = 'b'",), ("name",), ("params.lr > 'x'",), ("tags.t > 'x'",), ("params.lr = 5",)], "logged_model_search")
def _(api, filter):
    search(api, filter).refused("INVALID_PARAMETER_VALUE")


@rows("order {0}", [
    ([{"field_name": "name"}], ["Beta", "alpha", "gamma"]), ([{"field_name": "name", "ascending": False}], ["gamma", "alpha", "Beta"]),
    ([{"field_name": "metrics.acc"}], ["Beta", "alpha", "gamma"]), ([{"field_name": "metrics.acc", "ascending": False}], ["alpha", "Beta", "gamma"]),
    ([{"field_name": "creation_timestamp", "ascending": True}], ["alpha", "Beta", "gamma"]), ([{"field_name": "creation_timestamp", "ascending": False}], ["gamma", "Beta", "alpha"]),
    ([{"field_name": "metrics.acc", "ascending": True, "dataset_name": "train", "dataset_digest": "1"}], ["Beta", "alpha", "gamma"]),
], "logged_model_search")
def _(api, order, expected):
    same(found(api, order_by=order), expected)


@rows("order {0} is refused", [([{"field_name": "nothing"}],), ([{"ascending": True}],), ([{"field_name": "params.lr"}],), ([{"field_name": "metrics.acc", "dataset_digest": "1"}],)], "logged_model_search")
def _(api, order):
    search(api, order_by=order).refused("INVALID_PARAMETER_VALUE")


@rows("datasets {0}", [
    ([{"dataset_name": "train"}], ["alpha"]), ([{"dataset_name": "train", "dataset_digest": "1"}], ["alpha"]), ([{"dataset_name": "train", "dataset_digest": "2"}], []), ([{"dataset_name": "other"}], []),
], "logged_model_search")
def _(api, datasets, expected):
    same(found(api, "metrics.acc > 0.6", datasets=datasets), expected)


@check("a dataset without a name is refused")
def _(api):
    search(api, "metrics.acc > 0", datasets=[{"dataset_digest": "1"}]).refused("INVALID_PARAMETER_VALUE", "dataset_name")


@check("pages hold all, once")
def _(api):
    names, token = [], None
    for _ in range(5):
        body = search(api, max_results=1, **({"page_token": token} if token else {})).ok()
        names += [m["info"]["name"] for m in body.get("models", [])]
        token = body.get("next_page_token")
        if not token:
            break
    same(names, ["gamma", "Beta", "alpha"])


@check("a page token is good for its own search only")
def _(api):
    token = search(api, max_results=1).ok()["next_page_token"]
    search(api, "name = 'alpha'", max_results=1, page_token=token).refused("INVALID_PARAMETER_VALUE")


@check("a page token that nobody gave out is refused")
def _(api):
    search(api, page_token="$$$").refused("INVALID_PARAMETER_VALUE")


@check("no experiment is refused")
def _(api):
    api.post("logged-models/search").refused("INVALID_PARAMETER_VALUE", "experiment_ids")


@check("an experiment that is not there has no models")
def _(api):
    same(api.post("logged-models/search", experiment_ids=["987654321"]).ok().get("models", []), [])


@rows("max_results {0} is refused", [(-1,)], "logged_model_search")
def _(api, count):
    search(api, max_results=count).refused("INVALID_PARAMETER_VALUE", "max_results")


@check("a deleted model is not found")
def _(api):
    experiment = api.experiment()
    ids = [api.post("logged-models", experiment_id=experiment, name=n).ok()["model"]["info"]["model_id"] for n in ("a", "b")]
    api.delete(f"logged-models/{ids[0]}", model_id=ids[0]).ok()
    same([m["info"]["name"] for m in api.post("logged-models/search", experiment_ids=[experiment]).ok()["models"]], ["b"])


@check("a model found is the model that get answers")
def _(api):
    models = family(api)
    same(search(api, "name = 'alpha'").ok()["models"][0], api.get(f"logged-models/{models['alpha']}").ok()["model"])
