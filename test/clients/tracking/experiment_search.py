"""Search of experiments: filters, orders, views, pages."""
import time

from suite import check, rows
from wire import fresh, same

made = {}


def family(api):
    """Four experiments of one prefix with tags; made once."""
    if not made:
        made["prefix"] = fresh("Find")
        for name, tags in (("alpha", {"t": "x", "n": "1"}), ("Beta", {"t": "y"}), ("gamma", {"t": "X"}), ("delta", {})):
            id = api.experiment(f"{made['prefix']}-{name}", tags=[{"key": k, "value": v} for k, v in tags.items()])
            made[name] = id
            time.sleep(0.005)
        api.post("experiments/delete", experiment_id=made["delta"]).ok()
    return made["prefix"]


def names(api, filter=None, method="POST", **more):
    prefix = family(api)
    asked = {"max_results": 100, **more}
    asked["filter"] = f"name LIKE '{prefix}-%'" + (f" AND {filter}" if filter else "")
    answer = api.post("experiments/search", **asked) if method == "POST" else api.get("experiments/search", **asked)
    return [e["name"].removeprefix(f"{prefix}-") for e in answer.ok().get("experiments", [])]


@check("newest first, active only")
def _(api):
    same(names(api), ["gamma", "Beta", "alpha"])


@check("by GET as by POST")
def _(api):
    same(names(api, method="GET"), ["gamma", "Beta", "alpha"])


@rows("view {0}", [("ACTIVE_ONLY", 3), ("DELETED_ONLY", 1), ("ALL", 4), (1, 3), (2, 1), (3, 4)], "experiment_search")
def _(api, view, count):
    same(len(names(api, view_type=view)), count)


@rows("filter {0}", [
    ("name ILIKE '%-BETA'", ["Beta"]), ("name LIKE '%-BETA'", []), ("name LIKE '%-_lpha'", ["alpha"]),
    ("attribute.name LIKE '%-alpha'", ["alpha"]), 
    ("tags.t = 'x'", ["alpha"]), ("tag.t = 'x'", ["alpha"]), ("tags.`t` = 'x'", ["alpha"]), ('tags."t" = "y"', ["Beta"]),
    ("tags.t != 'x'", ["gamma", "Beta"]), ("tags.t ILIKE 'X'", ["gamma", "alpha"]), ("tags.t LIKE 'X'", ["gamma"]),
    ("tags.t = 'x' AND tags.n = '1'", ["alpha"]), ("tags.t = 'x' and tags.n = '2'", []),
    ("tags.n IS NULL", ["gamma", "Beta"]), ("tags.n IS NOT NULL", ["alpha"]),
    ("creation_time > 0", ["gamma", "Beta", "alpha"]), ("creation_time < 5", []), ("last_update_time >= 5", ["gamma", "Beta", "alpha"]),
    ("attribute.creation_time != 5", ["gamma", "Beta", "alpha"]), ("creation_time <= 99999999999999", ["gamma", "Beta", "alpha"]),
], "experiment_search")
def _(api, filter, expected):
    same(names(api, filter), expected)


@check("filter name = and !=")
def _(api):
    prefix = family(api)
    same(names(api, f"name = '{prefix}-alpha'"), ["alpha"])
    same(names(api, f"name != '{prefix}-alpha'"), ["gamma", "Beta"])


@rows("filter {0} is refused", [
    ("nothing = 'x'",), ("name > 'x'",), ("name = 5",), ("tags.t > 'x'",), ("name = 'a' OR name = 'b'",), ("params.a = '1'",),
    ("metrics.a > 1",), ("name",), ("name =",), ("name = 'a",), ("creation_time = 'x'",), ("creation_time LIKE 'x'",), ("AND",),
    ("name = 'a' AND",) if False else ("name == 'a'",), ("NOT name = 'a'",), ("name IN ('a')",), ("tags.t IN ('a')",),
], "experiment_search")
def _(api, filter):
    api.post("experiments/search", max_results=5, filter=filter).refused("INVALID_PARAMETER_VALUE")


@rows("order {0}", [
    (["name ASC"], ["Beta", "alpha", "gamma"]), (["name DESC"], ["gamma", "alpha", "Beta"]), (["name"], ["Beta", "alpha", "gamma"]),
    (["creation_time ASC"], ["alpha", "Beta", "gamma"]), (["creation_time DESC"], ["gamma", "Beta", "alpha"]),
    (["last_update_time ASC"], ["alpha", "Beta", "gamma"]), (["experiment_id ASC"], None), (["attribute.name ASC"], ["Beta", "alpha", "gamma"]),
    (["name asc"], ["Beta", "alpha", "gamma"]), (["name ASC", "creation_time DESC"], ["Beta", "alpha", "gamma"]),
], "experiment_search")
def _(api, order, expected):
    found = names(api, order_by=order)
    same(found if expected else sorted(found), expected or ["Beta", "alpha", "gamma"])


@rows("order {0} is refused", [("nothing",), ("name SIDEWAYS",), ("tags.t",), ("name ASC DESC",), ("metrics.a",)], "experiment_search")
def _(api, order):
    api.post("experiments/search", max_results=5, order_by=[order]).refused("INVALID_PARAMETER_VALUE")


@check("pages hold all, once")
def _(api):
    prefix, found, token = family(api), [], None
    for _ in range(5):
        asked = {"max_results": 1, "filter": f"name LIKE '{prefix}-%'", **({"page_token": token} if token else {})}
        body = api.post("experiments/search", **asked).ok()
        found += [e["name"].removeprefix(f"{prefix}-") for e in body.get("experiments", [])]
        token = body.get("next_page_token")
        if not token:
            break
    same(found, ["gamma", "Beta", "alpha"])


@check("nothing found is an empty answer")
def _(api):
    same(api.post("experiments/search", max_results=5, filter="name = 'there is none'").ok(), {})


@rows("max_results {0} is refused", [(0,), (-1,), (50_001,)], "experiment_search")
def _(api, count):
    api.post("experiments/search", max_results=count).refused("INVALID_PARAMETER_VALUE", rf"Invalid value {count} for parameter 'max_results' supplied")


@check("max_results left out is refused as 0")
def _(api):
    api.post("experiments/search").refused("INVALID_PARAMETER_VALUE", "Invalid value 0 for parameter 'max_results' supplied")


@check("a page token that nobody gave out is refused")
def _(api):
    api.post("experiments/search", max_results=5, page_token="%%%").refused("INVALID_PARAMETER_VALUE")
