"""Evaluation datasets: what they say of themselves, records, tags, experiments, search."""
import json
import time
import urllib.parse

from suite import check, rows
from wire import fresh, same

BAD, ABSENT = "INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"
NONE = "d-" + "0" * 32
made = {}


def send(api, method, path, **body):
    return api.send(method, f"datasets/{path}", body, "3.0")


def create(api, name=None, tags=None, experiments=()):
    more = {} if tags is None else {"tags": json.dumps(tags)}
    return send(api, "POST", "create", name=name or fresh("set"), experiment_ids=list(experiments), **more).ok()["dataset"]


def look(api, path, **query):
    words = urllib.parse.urlencode(query, doseq=True)
    return api.raw("GET", f"/api/3.0/mlflow/datasets/{path}{'?' + words if words else ''}")


def upsert(api, id, *records):
    return send(api, "POST", f"{id}/records", records=json.dumps(records)).ok()


def records(api, id):
    return json.loads(look(api, f"{id}/records", max_results=1000).ok()["records"])


def one(api, **record):
    id = create(api)["dataset_id"]
    upsert(api, id, record)
    return records(api, id)[0]


@check("a new dataset says all of itself")
def _(api):
    experiment = api.experiment()
    found = create(api, "plain", {"team": "blue", "mlflow.user": "ann"}, [experiment])
    assert found["dataset_id"].startswith("d-") and len(found["dataset_id"]) == 34, found
    assert len(found["digest"]) == 8 and found["created_time"] == found["last_update_time"], found
    same([found["name"], found["experiment_ids"], found["created_by"], found["last_updated_by"]], ["plain", [experiment], "ann", "ann"])
    same(json.loads(found["tags"]), {"team": "blue", "mlflow.user": "ann"})
    same(set(found) & {"schema", "profile"}, set())


@check("a dataset without tags has none, and nobody made it")
def _(api):
    found = create(api)
    same([json.loads(found["tags"]), found.get("created_by"), found.get("experiment_ids", [])], [{}, None, []])


@check("a dataset is found by its id, without its experiments")
def _(api):
    found = create(api, tags={"a": "b"}, experiments=[api.experiment()])
    del found["experiment_ids"]
    same(look(api, found["dataset_id"]).ok(), {"dataset": found})


@check("two datasets may have one name")
def _(api):
    name = fresh("twice")
    assert create(api, name)["dataset_id"] != create(api, name)["dataset_id"]


@check("a dataset without a name is refused")
def _(api):
    send(api, "POST", "create").refused(BAD, "Missing value for required parameter 'name'")


@rows("a dataset whose {0} is {1} is refused", [("name", 5), ("tags", {"a": 1}), ("experiment_ids", 7), ("experiment_ids", {"a": 1})], "evaluations")
def _(api, field, value):
    send(api, "POST", "create", **{"name": "n", field: value}).refused(BAD)


@check("tags that are no JSON are refused")
def _(api):
    send(api, "POST", "create", name="n", tags="{").refused(BAD)


@check("a dataset that is not there is not found")
def _(api):
    look(api, NONE).refused(ABSENT, f"Evaluation dataset with id '{NONE}' not found")


@check("a dataset goes, twice too")
def _(api):
    id = create(api, experiments=[api.experiment()])["dataset_id"]
    upsert(api, id, {"inputs": {"q": 1}})
    for _ in range(2):
        same(send(api, "DELETE", id).ok(), {})
    look(api, id).refused(ABSENT)


@check("what hung on a dataset that went is gone")
def _(api):
    id = create(api, experiments=[api.experiment()])["dataset_id"]
    upsert(api, id, {"inputs": {"q": 1}})
    send(api, "DELETE", id).ok()
    same([records(api, id), look(api, f"{id}/experiment-ids").ok()], [[], {}])


# tags


@check("tags are added, replaced and kept")
def _(api):
    id = create(api, tags={"a": "1", "b": "2"})["dataset_id"]
    same(send(api, "PATCH", f"{id}/tags", tags=json.dumps({"b": "3", "c": "4"})).ok(), {})
    same(json.loads(look(api, id).ok()["dataset"]["tags"]), {"a": "1", "b": "3", "c": "4"})


@rows("a tag that is {0} becomes {1!r}", [(5, "5"), (1.0, "1.0"), (True, "True"), (False, "False"), (1e20, "1e+20"), ("ü\n", "ü\n"), ("", "")], "evaluations")
def _(api, value, text):
    id = create(api)["dataset_id"]
    send(api, "PATCH", f"{id}/tags", tags=json.dumps({"k": value})).ok()
    same(json.loads(look(api, id).ok()["dataset"]["tags"]), {"k": text})


@check("a tag that is null is passed over")
def _(api):
    id = create(api, tags={"k": "v"})["dataset_id"]
    send(api, "PATCH", f"{id}/tags", tags=json.dumps({"k": None})).ok()
    same(json.loads(look(api, id).ok()["dataset"]["tags"]), {"k": "v"})


@check("tags of a dataset that is not there")
def _(api):
    send(api, "PATCH", f"{NONE}/tags", tags="{}").refused(ABSENT, f"Could not find evaluation dataset with ID {NONE}")


@check("tags must be said")
def _(api):
    send(api, "PATCH", f"{create(api)['dataset_id']}/tags").refused(BAD, "Missing value for required parameter 'tags'")


@check("a tag goes; one that is not there too")
def _(api):
    id = create(api, tags={"a": "1", "b c": "2"})["dataset_id"]
    for key in ("a", "a", "b%20c"):
        same(send(api, "DELETE", f"{id}/tags/{key}").ok(), {})
    same(send(api, "DELETE", f"{NONE}/tags/a").ok(), {})
    same(json.loads(look(api, id).ok()["dataset"]["tags"]), {})


@check("tags leave the times and the digest as they are")
def _(api):
    found = create(api)
    send(api, "PATCH", f"{found['dataset_id']}/tags", tags='{"a": "b"}').ok()
    now = look(api, found["dataset_id"]).ok()["dataset"]
    same([now["digest"], now["last_update_time"]], [found["digest"], found["last_update_time"]])


# records


@check("records are counted in and come back")
def _(api):
    id = create(api)["dataset_id"]
    same(upsert(api, id, {"inputs": {"q": "a"}}, {"inputs": {"q": "b"}, "expectations": {"e": 1}}), {"inserted_count": 2, "updated_count": 0})
    found = records(api, id)
    same(sorted(r["inputs"]["q"] for r in found), ["a", "b"])
    assert all(r["dataset_record_id"].startswith("dr-") and r["dataset_id"] == id and r["created_time"] > 0 for r in found), found


@check("records of the same inputs are one")
def _(api):
    id = create(api)["dataset_id"]
    same(upsert(api, id, {"inputs": {"a": 1, "b": 2}}, {"inputs": {"b": 2, "a": 1}}), {"inserted_count": 1, "updated_count": 1})
    same(upsert(api, id, {"inputs": {"a": 1, "b": 2}}), {"inserted_count": 0, "updated_count": 1})
    same(upsert(api, id, {"inputs": {"a": 1.0, "b": 2}}), {"inserted_count": 1, "updated_count": 0})


@check("a record told again adds expectations and tags, and replaces outputs")
def _(api):
    id = create(api)["dataset_id"]
    upsert(api, id, {"inputs": {"q": 1}, "outputs": {"o": 1}, "expectations": {"a": 1, "b": 1}, "tags": {"t": "1", "u": "1"}})
    first = records(api, id)[0]
    upsert(api, id, {"inputs": {"q": 1}, "outputs": {"p": 2}, "expectations": {"b": 2}, "tags": {"u": "2", "mlflow.user": "bob"}})
    found = records(api, id)[0]
    same([found["outputs"], found["expectations"], found["tags"]], [{"p": 2}, {"a": 1, "b": 2}, {"t": "1", "u": "2", "mlflow.user": "bob"}])
    same([found["dataset_record_id"], found["created_time"], found.get("created_by"), found["last_updated_by"]], [first["dataset_record_id"], first["created_time"], None, "bob"])


@check("a record told again without outputs keeps them; null takes them away")
def _(api):
    id = create(api)["dataset_id"]
    upsert(api, id, {"inputs": {"q": 1}, "outputs": "x"})
    upsert(api, id, {"inputs": {"q": 1}})
    same(records(api, id)[0]["outputs"], "x")
    upsert(api, id, {"inputs": {"q": 1}, "outputs": None})
    assert "outputs" not in records(api, id)[0]


@check("a record says who made it")
def _(api):
    found = one(api, inputs={"q": 1}, tags={"mlflow.user": "ann"})
    same([found["created_by"], found["last_updated_by"]], ["ann", "ann"])


@rows("a record with {0} has {1}", [
    ({"inputs": {"q": 1}}, {"outputs": {}, "tags": {}}),
    ({}, {"inputs": {}, "outputs": {}, "tags": {}}),
    ({"inputs": {"q": 1}, "outputs": None}, {"tags": {}}),
    ({"inputs": {"q": 1}, "outputs": "text"}, {"outputs": "text"}),
    ({"inputs": {"q": 1}, "outputs": [1, {"a": None}]}, {"outputs": [1, {"a": None}]}),
    ({"inputs": {"q": 1}, "outputs": 0}, {"outputs": 0}),
    ({"inputs": {"q": 1}, "expectations": {}}, {"expectations": {}}),
    ({"inputs": {"ü": {"n": [None, True, 1.0, -3, 1e300, "\u2028"]}}}, {"inputs": {"ü": {"n": [None, True, 1.0, -3, 1e300, "\u2028"]}}}),
    ({"inputs": {"q": 2**70}}, {"inputs": {"q": 2**70}}),
    ({"inputs": {"q": 1}, "source": {"source_type": "TRACE", "source_data": {"trace_id": "tr-1"}}},
     {"source": {"source_type": "TRACE", "source_data": {"trace_id": "tr-1"}}, "source_id": "tr-1", "source_type": "TRACE"}),
    ({"inputs": {"q": 1}, "source": {"source_type": "human"}}, {"source": {"source_type": "HUMAN", "source_data": {}}, "source_type": "HUMAN"}),
    ({"inputs": {"q": 1}, "source": {"source_type": "DOCUMENT", "source_data": {"source_id": "s", "uri": "u"}}}, {"source_id": "s", "source_type": "DOCUMENT"}),
    ({"inputs": {"q": 1}, "source": {"source_type": "CODE", "source_data": None}}, {"source": {"source_type": "CODE", "source_data": {}}}),
    ({"inputs": {"q": 1}, "source": {"source_type": "UNSPECIFIED"}}, {"source": {"source_type": "UNSPECIFIED", "source_data": {}}, "source_type": "UNSPECIFIED"}),
    ({"inputs": {"q": 1}, "source": {}}, {"tags": {}}),
], "evaluations")
def _(api, record, expected):
    found = one(api, **record)
    same({key: found.get(key) for key in expected}, expected)
    same(set(found) & ({"outputs", "expectations", "source"} - set(expected) - set(record) - {"outputs"}), set())


@check("whole numbers and floats stay what they are")
def _(api):
    found = one(api, inputs={"i": 1, "f": 1.0})["inputs"]
    same([type(found["i"]), type(found["f"])], [int, float])


@check("NaN is kept in a record")
def _(api):
    found = one(api, inputs={"q": 1}, outputs={"n": float("nan"), "i": float("-inf")})["outputs"]
    same([str(found["n"]), str(found["i"])], ["nan", "-inf"])


@rows("records {0} are refused", [
    ('"text"',), ('{"inputs": {}}',), ("5",), ("[5]",), ('["a"]',), ("[{]",), ('[{"inputs": null}]',), ('[{"inputs": [1]}]',), ('[{"inputs": "a"}]',),
    ('[{"inputs": {}, "expectations": [1]}]',), ('[{"inputs": {}, "tags": "a"}]',),
    ('[{"inputs": {}, "source": {"source_type": "OTHER"}}]',), ('[{"inputs": {}, "source": {"source_type": "CODE", "more": 1}}]',),
], "evaluations")
def _(api, text):
    id = create(api)["dataset_id"]
    send(api, "POST", f"{id}/records", records=text).refused(BAD)
    same(records(api, id), [])


@check("a source of another type is refused by name")
def _(api):
    text = json.dumps([{"inputs": {}, "source": {"source_type": "other"}}])
    send(api, "POST", f"{create(api)['dataset_id']}/records", records=text).refused(BAD, "Invalid dataset record source type: OTHER. Valid source types")


@check("all records of a request or none")
def _(api):
    id = create(api)["dataset_id"]
    text = json.dumps([{"inputs": {"q": 1}}, {"inputs": {}, "source": {"source_type": "other"}}])
    send(api, "POST", f"{id}/records", records=text).refused(BAD)
    same(records(api, id), [])


@check("records must be said")
def _(api):
    send(api, "POST", f"{create(api)['dataset_id']}/records").refused(BAD, "Missing value for required parameter 'records'")


@check("records of a dataset that is not there are refused")
def _(api):
    send(api, "POST", f"{NONE}/records", records='[{"inputs": {"q": 1}}]').refused(ABSENT)


@check("records change the digest, the time and who did it")
def _(api):
    found = create(api, tags={"mlflow.user": "ann"})
    time.sleep(0.005)
    upsert(api, found["dataset_id"], {"inputs": {"q": 1}, "tags": {"mlflow.user": "bob"}})
    now = look(api, found["dataset_id"]).ok()["dataset"]
    assert now["digest"] != found["digest"] and now["last_update_time"] > found["last_update_time"], now
    same([now["created_by"], now["last_updated_by"], now["created_time"]], ["ann", "bob", found["created_time"]])
    upsert(api, found["dataset_id"], {"inputs": {"q": 2}})
    assert "last_updated_by" not in look(api, found["dataset_id"]).ok()["dataset"]


@check("the schema names fields and their types, as they were first")
def _(api):
    id = create(api)["dataset_id"]
    upsert(api, id, {"inputs": {"s": "a", "i": 1, "f": 1.0, "b": True, "n": None, "l": [], "o": {}}, "outputs": {"r": 1}}, {"inputs": {"i": "x"}, "expectations": {"e": "y"}})
    upsert(api, id, {"inputs": {"more": 2.5}})
    types = {"s": "string", "i": "integer", "f": "float", "b": "boolean", "n": "null", "l": "array", "o": "object", "more": "float"}
    same(json.loads(look(api, id).ok()["dataset"]["schema"]), {"inputs": types, "outputs": {"r": "integer"}, "expectations": {"e": "string"}, "version": "1.0"})


@check("outputs that are no mapping have one type")
def _(api):
    id = create(api)["dataset_id"]
    upsert(api, id, {"inputs": {"q": 1}, "outputs": "a"})
    same(json.loads(look(api, id).ok()["dataset"]["schema"])["outputs"], "string")


@check("the profile counts the records")
def _(api):
    id = create(api)["dataset_id"]
    upsert(api, id, *({"inputs": {"q": i}} for i in range(3)))
    same(json.loads(look(api, id).ok()["dataset"]["profile"]), {"num_records": 3})
    first = [r["dataset_record_id"] for r in records(api, id)][:2]
    same(send(api, "DELETE", f"{id}/records", dataset_record_ids=first).ok(), {"deleted_count": 2})
    same(json.loads(look(api, id).ok()["dataset"]["profile"]), {"num_records": 1})
    send(api, "DELETE", f"{id}/records", dataset_record_ids=[records(api, id)[0]["dataset_record_id"]]).ok()
    same(json.loads(look(api, id).ok()["dataset"]["profile"]), None)


@check("no records change nothing but the digest")
def _(api):
    id = create(api)["dataset_id"]
    same(upsert(api, id), {"inserted_count": 0, "updated_count": 0})
    found = look(api, id).ok()["dataset"]
    same(set(found) & {"schema", "profile"}, set())


@check("records that are not there are passed over when deleted")
def _(api):
    id = create(api)["dataset_id"]
    other = create(api)["dataset_id"]
    upsert(api, other, {"inputs": {"q": 1}})
    same(send(api, "DELETE", f"{id}/records", dataset_record_ids=[records(api, other)[0]["dataset_record_id"], "none"]).ok(), {"deleted_count": 0})
    same(send(api, "DELETE", f"{id}/records").ok(), {"deleted_count": 0})
    same(send(api, "DELETE", f"{NONE}/records", dataset_record_ids=["a"]).ok(), {"deleted_count": 0})
    same(len(records(api, other)), 1)


@check("records come in pages")
def _(api):
    id = create(api)["dataset_id"]
    upsert(api, id, *({"inputs": {"q": i}} for i in range(7)))
    seen, token, pages = [], None, 0
    while True:
        page = look(api, f"{id}/records", max_results=3, **({"page_token": token} if token else {})).ok()
        seen += [r["inputs"]["q"] for r in json.loads(page["records"])]
        pages += 1
        token = page.get("next_page_token")
        if not token:
            break
    same([sorted(seen), pages], [list(range(7)), 3])


@check("a page of records of another token is refused")
def _(api):
    look(api, f"{create(api)['dataset_id']}/records", page_token="what is this").refused(BAD)


@rows("a page of {0} records is refused", [("x",), ("1.5",), (-1,)], "evaluations")
def _(api, most):
    look(api, f"{create(api)['dataset_id']}/records", max_results=most).refused(BAD)


# experiments


@check("a dataset joins experiments and leaves them")
def _(api):
    a, b, c = (api.experiment() for _ in range(3))
    found = create(api, experiments=[a])
    id = found["dataset_id"]
    time.sleep(0.005)
    answer = send(api, "POST", f"{id}/add-experiments", experiment_ids=[a, b, c]).ok()["dataset"]
    same([answer["dataset_id"], answer["name"]], [id, found["name"]])
    assert answer["last_update_time"] > found["last_update_time"] and answer["digest"] == found["digest"], answer
    same(sorted(look(api, f"{id}/experiment-ids").ok()["experiment_ids"]), sorted([a, b, c]))
    send(api, "POST", f"{id}/remove-experiments", experiment_ids=[a, c, "77777"]).ok()
    same(look(api, f"{id}/experiment-ids").ok(), {"experiment_ids": [b]})


@check("an experiment joined twice is one")
def _(api):
    id, a = create(api)["dataset_id"], api.experiment()
    for _ in range(2):
        send(api, "POST", f"{id}/add-experiments", experiment_ids=[a]).ok()
    same(look(api, f"{id}/experiment-ids").ok(), {"experiment_ids": [a]})


@check("leaving experiments it is not in leaves the time as it is")
def _(api):
    found = create(api)
    time.sleep(0.005)
    now = send(api, "POST", f"{found['dataset_id']}/remove-experiments", experiment_ids=["77777"]).ok()["dataset"]
    same(now["last_update_time"], found["last_update_time"])


@check("an experiment that is not there is not joined")
def _(api):
    id, a = create(api)["dataset_id"], api.experiment()
    send(api, "POST", f"{id}/add-experiments", experiment_ids=[a, "77777"]).refused(ABSENT, "No Experiment with id=77777")
    same(look(api, f"{id}/experiment-ids").ok(), {})


@rows("{0} of a dataset that is not there", [("add-experiments",), ("remove-experiments",)], "evaluations")
def _(api, path):
    send(api, "POST", f"{NONE}/{path}", experiment_ids=[api.experiment()]).refused(ABSENT, f"Dataset '{NONE}' not found")


@check("a dataset that is not there is in no experiment")
def _(api):
    same(look(api, f"{NONE}/experiment-ids").ok(), {})


# search


def family(api):
    """Three datasets of one prefix; made once."""
    if not made:
        made["prefix"], made["here"] = fresh("Find"), api.experiment()
        for name, tags in (("alpha", {"t": "x", "mlflow.user": "ann"}), ("Beta", {"t": "X", "b c": "1"}), ("gamma", {"t": "y"})):
            experiments = [made["here"]] if name != "gamma" else []
            made[name] = create(api, f"{made['prefix']}-{name}", tags, experiments)
            time.sleep(0.01)
        upsert(api, made["alpha"]["dataset_id"], {"inputs": {"q": 1}, "tags": {"mlflow.user": "bob"}})
    return made["prefix"]


def names(api, filter="", **more):
    prefix = family(api)
    asked = f"name LIKE '{prefix}-%'" + (f" AND {filter}" if filter else "")
    found = send(api, "POST", "search", filter_string=asked, **more).ok().get("datasets", [])
    return [d["name"].removeprefix(f"{prefix}-") for d in found]


@check("the newest first")
def _(api):
    same(names(api), ["gamma", "Beta", "alpha"])


@check("by GET as by POST, with all they say but their experiments")
def _(api):
    prefix = family(api)
    found = look(api, "search", filter_string=f"name = '{prefix}-gamma'").ok()["datasets"]
    same(found, [{key: value for key, value in made["gamma"].items() if key != "experiment_ids"}])


@rows("filter {0}", [
    ("name LIKE '%-alpha'", ["alpha"]), ("name LIKE '%-beta'", []), ("name ILIKE '%-beta'", ["Beta"]), ("name != 'x'", ["gamma", "Beta", "alpha"]),
    ("tags.t = 'x'", ["alpha"]), ("tags.t != 'x'", ["gamma", "Beta"]), ("tags.t ILIKE 'X'", ["Beta", "alpha"]), ("tags.t LIKE 'X'", ["Beta"]),
    ("tags.`b c` = '1'", ["Beta"]), ("tags.t = 'x' AND tags.t != 'y'", ["alpha"]), ("tags.none = 'x'", []),
    ("created_by = 'ann'", ["alpha"]), ("last_updated_by LIKE 'b%'", ["alpha"]), ("created_by != 'ann'", []),
    ("created_time > 0", ["gamma", "Beta", "alpha"]), ("last_update_time <= 5", []), ("created_time != 5 and created_time >= 6", ["gamma", "Beta", "alpha"]),
], "evaluations")
def _(api, filter, expected):
    same(names(api, filter), expected)


@check("filter by times of others")
def _(api):
    family(api)
    same(names(api, f"created_time < {made['gamma']['created_time']}"), ["Beta", "alpha"])
    same(names(api, f"created_time = {made['Beta']['created_time']}"), ["Beta"])


@check("filter name IN")
def _(api):
    prefix = family(api)
    found = send(api, "POST", "search", filter_string=f"name IN ('{prefix}-alpha', '{prefix}-gamma')").ok()["datasets"]
    same([d["name"].removeprefix(f"{prefix}-") for d in found], ["gamma", "alpha"])


@rows("filter {0} is refused", [
    ("digest = 'a'",), ("attributes.name = 'a'",), ("tag.t = 'x'",), ("params.t = 'x'",), ("name > 'a'",), ("name = 5",), ("created_time = 'a'",), ("created_time > 1.5",),
    ("created_time LIKE '1%'",), ("tags.t > 'a'",), ("created_by IN ('a')",), ("tags.t IS NULL",), ("name = 'a' OR name = 'b'",), ("name =",), ("name",), ("tags.t IN ('x')",),
], "evaluations")
def _(api, filter):
    send(api, "POST", "search", filter_string=filter).refused(BAD)


@rows("order {0}", [
    (["name"], ["Beta", "alpha", "gamma"]), (["name ASC"], ["Beta", "alpha", "gamma"]), (["name DESC"], ["gamma", "alpha", "Beta"]), (["created_time"], ["alpha", "Beta", "gamma"]),
    (["last_update_time DESC"], ["alpha", "gamma", "Beta"]), (["created_time desc", "name"], ["gamma", "Beta", "alpha"]), ([], ["gamma", "Beta", "alpha"]),
], "evaluations")
def _(api, order, expected):
    same(names(api, order_by=order), expected)


@rows("order {0} is refused", [("digest",), ("created_by",), ("tags.t",), ("name SIDEWAYS",), ("attributes.name",)], "evaluations")
def _(api, order):
    send(api, "POST", "search", order_by=[order]).refused(BAD)


@check("those of experiments")
def _(api):
    family(api)
    same(names(api, experiment_ids=[made["here"]]), ["Beta", "alpha"])
    same(names(api, experiment_ids=[made["here"], "77777"]), ["Beta", "alpha"])
    same(names(api, experiment_ids=["77777"]), [])


@check("pages follow each other")
def _(api):
    prefix = family(api)
    seen, token = [], None
    while True:
        more = {"page_token": token} if token else {}
        page = send(api, "POST", "search", filter_string=f"name LIKE '{prefix}-%'", max_results=1, **more).ok()
        seen += [d["name"].removeprefix(f"{prefix}-") for d in page.get("datasets", [])]
        token = page.get("next_page_token")
        if not token:
            break
    same(seen, ["gamma", "Beta", "alpha"])


@rows("max_results {0} is refused", [(0,), (-1,), (50_001,), ("x",), (1.5,)], "evaluations")
def _(api, most):
    send(api, "POST", "search", max_results=most).refused(BAD)


@check("a token of another search is refused")
def _(api):
    send(api, "POST", "search", page_token="what is this").refused(BAD)


@check("nothing found is an empty answer")
def _(api):
    same(send(api, "POST", "search", filter_string=f"name = '{fresh('none')}'").ok(), {})
