"""Search of runs: the whole grammar of filters and orders, views and pages."""
from suite import check, rows
from wire import metric, pairs, same

made = {}
RUNS = {
    # name: metrics, params, tags, what is else said of it
    "a": ({"acc": 0.9, "loss": 1, "x/y": 1, "n": "NaN"}, {"lr": "0.1", "opt": "adam", "only": "1"}, {"team": "Blue", "a b": "1"}, {"start_time": 100, "user_id": "ann"}),
    "b": ({"acc": 0.8, "loss": 2, "n": 5}, {"lr": "0.01", "opt": "SGD"}, {"team": "red"}, {"start_time": 200, "user_id": "bob"}),
    "c": ({"acc": 0.7, "n": -5}, {"lr": "0.001", "opt": "adamw"}, {"team": "blue"}, {"start_time": 300, "user_id": "ann"}),
    "d": ({}, {"lr": "it's"}, {}, {"start_time": 400, "user_id": "cid"}),
}
ENDS = {"a": ("FINISHED", 150), "b": ("FAILED", 250), "c": ("RUNNING", None), "d": ("KILLED", 450)}


def family(api):
    if made:
        return made
    made["experiment"] = api.experiment()
    for name, (metrics, params, tags, more) in RUNS.items():
        run = api.run(made["experiment"], run_name=f"run-{name}", tags=pairs(tags), **more)
        api.post("runs/log-batch", run_id=run, metrics=[metric(k, v) for k, v in metrics.items()], params=pairs(params)).ok()
        dataset = {"name": f"set-{name}", "digest": f"d{name}", "source_type": "local", "source": "s"}
        api.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset, "tags": pairs({"mlflow.data.context": "train" if name in "ab" else "test"})}]).ok()
        status, end = ENDS[name]
        if end:
            api.post("runs/update", run_id=run, status=status, end_time=end).ok()
        made[name] = run
    made["gone"] = api.run(made["experiment"], run_name="run-gone", start_time=500)
    api.post("runs/delete", run_id=made["gone"]).ok()
    return made


def search(api, filter=None, **more):
    asked = {"experiment_ids": [family(api)["experiment"]], **({"filter": filter} if filter else {}), **more}
    return api.post("runs/search", **asked)


def found(api, filter=None, **more):
    return "".join(r["info"]["run_name"].removeprefix("run-") for r in search(api, filter, **more).ok().get("runs", []))


FILTERS = [
    ("metrics.acc > 0.75", "ba"), ("metrics.acc >= 0.8", "ba"), ("metrics.acc < 0.8", "c"), ("metrics.acc <= 0.8", "cb"), ("metrics.acc = 0.9", "a"),
    ("metrics.acc != 0.9", "cb"), ("metric.acc > 0.75", "ba"), ("metrics.loss > -1", "ba"), ("metrics.loss < 1e3", "ba"), ("metrics.loss < 1.5", "a"),
    ("metrics.`x/y` = 1", "a"), ('metrics."x/y" = 1', "a"), ("metrics.none > 0", ""), ("metrics.acc>0.75", "ba"), ("metrics.acc   >   0.75", "ba"),
    ("metrics.acc > 0.75 AND metrics.loss = 1", "a"), ("metrics.acc > 0.75 and metrics.loss = 1", "a"), ("metrics.n >= 0", "b"), ("metrics.n = 0", ""), ("metrics.n != 5", "ca"),
    ("metrics.acc > .75", "ba"), ("metrics.n > -6", "cb"),
    ("params.lr = '0.1'", "a"), ('params.lr = "0.1"', "a"), ("param.lr = '0.1'", "a"), ("parameters.lr = '0.1'", "a"), ("parameter.lr = '0.1'", "a"),
    ("params.lr != '0.1'", "dcb"), ("params.only != '2'", "a"), ("params.opt LIKE 'adam%'", "ca"), ("params.opt LIKE 'sgd'", ""), ("params.opt ILIKE 'sgd'", "b"),
    ("params.opt ILIKE 'ADAM_'", "c"), ("params.opt LIKE '%'", "cba"), ("params.lr LIKE '0.%1'", "cba"), ("params.`opt` = 'adam'", "a"),
    ('params.lr = "it\'s"', "d"), ("params.only IS NULL", "dcb"), ("params.only IS NOT NULL", "a"), ("params.lr = '0.1' AND params.opt = 'adam'", "a"),
    ("params.opt like 'adam%'", "ca"), ("params.opt ilike 'SGD'", "b"),
    ("tags.team = 'red'", "b"), ("tag.team = 'red'", "b"), ("tags.team != 'red'", "ca"), ("tags.team LIKE 'B%'", "a"), ("tags.team ILIKE 'b%'", "ca"),
    ("tags.`a b` = '1'", "a"), ('tags."a b" = "1"', "a"), ("tags.mlflow.runName = 'run-b'", "b"), ("tags.`mlflow.runName` = 'run-b'", "b"),
    ("tags.team IS NULL", "d"), ("tags.team IS NOT NULL", "cba"),
    ("attributes.status = 'FINISHED'", "a"), ("status = 'FINISHED'", "a"), ("attribute.status != 'FINISHED'", "dcb"), ("attr.status = 'FAILED'", "b"),
    ("run.status = 'KILLED'", "d"), ("status LIKE 'F%'", "ba"), ("status ILIKE 'f%'", "ba"),
    ("attributes.start_time > 200", "dc"), ("start_time >= 200", "dcb"), ("start_time = 300", "c"), ("start_time != 300", "dba"), ("start_time < 300", "ba"),
    ("created > 200", "dc"), ("attributes.created <= 200", "ba"), ("end_time > 200", "db"), ("attributes.end_time = 150", "a"),
    ("user_id = 'ann'", "ca"), ("attributes.user_id != 'ann'", "db"), ("user_id LIKE '%b'", "b"),
    ("run_name = 'run-a'", "a"), ("attributes.run_name LIKE 'run-%'", "dcba"), ("run_name ILIKE 'RUN-B'", "b"), ("attributes.`run name` = 'run-a'", "a"),
    ("attributes.run_name != 'run-a'", "dcb"), ('attributes."Run name" = "run-a"', "a"), ("run_name = 'run-a' AND metrics.acc > 0.5", "a"),
    ("artifact_uri LIKE '%/artifacts'", "dcba"),
    ("datasets.name = 'set-a'", "a"), ("dataset.name = 'set-a'", "a"), ("dataset.digest = 'db'", "b"), ("dataset.context = 'train'", "ba"), ("dataset.context != 'train'", "dc"),
    ("dataset.name LIKE 'set-%'", "dcba"), ("dataset.name ILIKE 'SET-A'", "a"), ("dataset.name IN ('set-a', 'set-c')", "ca"), ("dataset.context IN ('train')", "ba"),
    ("dataset.name = 'set-a' AND dataset.context = 'train'", "a"), ("dataset.name = 'set-c' AND dataset.context = 'train'", ""),
    ("dataset.name NOT IN ('set-a')", "dcb"), ("metrics.acc > 0.75 AND params.opt = 'adam' AND tags.team = 'Blue' AND status = 'FINISHED'", "a"),
    ("metrics.acc > 0.75 AND", None), ("", "dcba"),
]


@rows("filter {0}", FILTERS, "run_search")
def _(api, filter, expected):
    answer = search(api, filter)
    if expected is None:
        assert answer.status in (200, 400), answer.shown()
    else:
        same(found(api, filter), expected)


@check("filter by run_id, with =, !=, IN and NOT IN")
def _(api):
    runs = family(api)
    a, b = runs["a"], runs["b"]
    cases = {f"run_id = '{a}'": "a", f"attributes.run_id != '{a}'": "dcb", f"run_id IN ('{a}', '{b}')": "ba", f"attributes.run_id NOT IN ('{a}')": "dcb",
             f"run_id IN ('{a}','{b}') AND metrics.loss = 1": "a", f"run_id LIKE '{a[:31]}%'": "a", f"run_id in ('{a}')": "a"}
    for filter, expected in cases.items():
        same([filter, found(api, filter)], [filter, expected])


BAD = [
    "metrics.acc > 'x'", "metrics.acc LIKE 'x'", "metrics.acc == 1", "metrics.acc <> 1", "metrics.acc", "metrics.acc >", "> 1", "metrics.acc > 1 OR metrics.acc < 0",
    "NOT metrics.acc > 1", "(metrics.acc > 1)", "metrics.acc BETWEEN 1 AND 2", "params.lr > '1'", "params.lr = 1", "params.lr = 0.1", "params.lr", "tags.team > 'x'", "tags.team = 1",
    "params.lr = x", "attributes.nothing = 'x'", "nothing = 'x'", "nothing.a = 'x'", "status > 'x'", "status = 5", "start_time = 'x'", "start_time LIKE 'x'",
    "run_id > 'x'", "status IN ('FINISHED')", "run_name IN ('a')", "dataset.nothing = 'x'", "dataset.name > 'x'", "dataset.name = 5", "metrics.acc > 1; metrics.acc > 2",
    "params.lr = '1", "metrics.acc > 1 metrics.acc > 2", "'x' = params.lr", "metrics.`acc > 1", "metrics.acc IS NULL", "attributes.status = finished", "AND", "metrics.acc > 1 AND AND metrics.acc > 2",
    "metrics.acc > 1 XOR metrics.acc > 2", "params.acc LIKE", "run_id IN ()", "run_id IN 'x'", "end_time > x",
]


@rows("filter {0} is refused", [(bad,) for bad in BAD], "run_search")
def _(api, filter):
    search(api, filter).refused("INVALID_PARAMETER_VALUE")


ORDERS = [
    ([], "dcba"), (["metrics.acc ASC"], "cbad"), (["metrics.acc DESC"], "abcd"), (["metrics.acc"], "cbad"), (["metric.loss ASC"], "abdc"),
    (["params.lr ASC"], "cbad"), (["params.lr DESC"], "dabc"), (["params.only"], "adcb"), (["tags.team ASC"], "acbd"), (["tags.team DESC"], "bcad"),
    (["attributes.start_time ASC"], "abcd"), (["start_time DESC"], "dcba"), (["attribute.start_time ASC"], "abcd"), (["created ASC"], "abcd"),
    (["status ASC"], "badc"), (["attributes.status DESC"], "cdab"), (["end_time ASC"], "abdc"), (["end_time DESC"], "dbac"),
    (["user_id ASC", "start_time ASC"], "acbd"), (["user_id ASC"], "cabd"), (["run_name ASC"], "abcd"), (["attributes.run_name DESC"], "dcba"), (["`run name` ASC"], "abcd"),
    (["metrics.`x/y` DESC"], "adcb"), (["metrics.n ASC"], "cbad"), (["metrics.n DESC"], "bcad"),
    (["metrics.acc asc"], "cbad"), (["metrics.acc desc"], "abcd"), (["params.opt ASC"], "bacd"), (["tags.`a b` ASC"], "adcb"), (["parameter.lr ASC"], "cbad"),
    (["metrics.none ASC"], "dcba"), (["metrics.loss DESC", "start_time ASC"], "bacd"),
]


@rows("order {0}", ORDERS, "run_search")
def _(api, order, expected):
    same(found(api, order_by=order), expected)


@check("order of run_id is by its letters")
def _(api):
    runs = family(api)
    order = "".join(sorted("abcd", key=lambda name: runs[name]))
    same([found(api, order_by=["run_id ASC"]), found(api, order_by=["attributes.run_id DESC"])], [order, order[::-1]])


@rows("order {0} is refused", [("nothing",), ("metrics.acc SIDEWAYS",), ("metrics.acc ASC NULLS LAST",), ("attributes.nothing",), ("metrics",), ("nothing.a",), ("metrics.acc ASC, metrics.n",), ("metrics.acc ASC DESC",)], "run_search")
def _(api, order):
    search(api, order_by=[order]).refused("INVALID_PARAMETER_VALUE")


@rows("view {0}", [("ACTIVE_ONLY", "dcba"), ("DELETED_ONLY", "gone"), ("ALL", "gonedcba"), (1, "dcba"), (2, "gone"), (3, "gonedcba")], "run_search")
def _(api, view, expected):
    same(found(api, run_view_type=view), expected)


@rows("pages of {0} hold all, once", [(1,), (2,), (3,), (4,)], "run_search")
def _(api, size):
    for order in ([], ["metrics.acc ASC"], ["params.only DESC"], ["metrics.n DESC"], ["end_time ASC"], ["run_name DESC"]):
        whole, pages, token = found(api, order_by=order), "", None
        for _ in range(6):
            body = search(api, order_by=order, max_results=size, **({"page_token": token} if token else {})).ok()
            pages += "".join(r["info"]["run_name"].removeprefix("run-") for r in body.get("runs", []))
            token = body.get("next_page_token")
            if not token:
                break
        same([order, pages, token], [order, whole, None])


@rows("max_results {0} is refused", [(0,), (-1,), (50_001,)], "run_search")
def _(api, count):
    search(api, max_results=count).refused("INVALID_PARAMETER_VALUE", "max_results")


@check("no experiments, no runs")
def _(api):
    same(api.post("runs/search", experiment_ids=[]).ok(), {})


@check("an experiment that is not there has no runs")
def _(api):
    same(api.post("runs/search", experiment_ids=["987654321"]).ok(), {})


@check("runs of several experiments come in one order")
def _(api):
    one, two = api.experiment(), api.experiment()
    runs = [api.run(one, start_time=1), api.run(two, start_time=2), api.run(one, start_time=3)]
    same([r["info"]["run_id"] for r in api.post("runs/search", experiment_ids=[one, two]).ok()["runs"]], runs[::-1])


@check("runs started at one time come by their id")
def _(api):
    experiment = api.experiment()
    runs = sorted(api.run(experiment, start_time=5) for _ in range(5))
    same([r["info"]["run_id"] for r in api.post("runs/search", experiment_ids=[experiment]).ok()["runs"]], runs)


@check("a run found is the run that get answers")
def _(api):
    runs = family(api)
    same(search(api, "run_name = 'run-a'").ok()["runs"][0], api.run_of(runs["a"]))


@check("a page token that nobody gave out is refused")
def _(api):
    search(api, page_token="$$$").refused("INVALID_PARAMETER_VALUE")


@check("a metric that changed is found by its new value")
def _(api):
    experiment = api.experiment()
    run = api.run(experiment)
    for value in (1, 2):
        api.post("runs/log-metric", run_id=run, key="m", value=value, timestamp=value, step=value).ok()
    count = lambda text: len(api.post("runs/search", experiment_ids=[experiment], filter=text).ok().get("runs", []))  # noqa: E731
    same([count("metrics.m = 1"), count("metrics.m = 2")], [0, 1])
