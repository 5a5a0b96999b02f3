"""Histories of metrics: one run, several, sampled."""
from suite import check, rows
from wire import metric, same

made = {}


def curve(api):
    """A run with 3000 points of `m`, and one with 10; made once."""
    if not made:
        experiment = api.experiment()
        made["long"], made["short"] = api.run(experiment), api.run(experiment)
        for at in range(0, 3000, 1000):
            api.post("runs/log-batch", run_id=made["long"], metrics=[metric("m", i / 7, 1000 + i, i) for i in range(at, at + 1000)]).ok()
        api.post("runs/log-batch", run_id=made["short"], metrics=[metric("m", -i, 5000 - i, i) for i in range(10)]).ok()
    return made


def steps(body):
    return [m["step"] for m in body.get("metrics", [])]


@check("points come in order of time")
def _(api):
    body = api.get("metrics/get-history", run_id=curve(api)["short"], metric_key="m", max_results=25000).ok()
    same(steps(body), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])


@check("points of one time come in order of step, then value")
def _(api):
    run = api.run()
    api.post("runs/log-batch", run_id=run, metrics=[metric("m", 3, 1, 2), metric("m", 1, 1, 2), metric("m", 9, 1, 1), metric("m", 2, 0, 7)]).ok()
    body = api.get("metrics/get-history", run_id=run, metric_key="m", max_results=100).ok()
    same([(m["timestamp"], m["step"], m["value"]) for m in body["metrics"]], [(0, 7, 2), (1, 1, 9), (1, 2, 1), (1, 2, 3)])


@check("all points come without max_results")
def _(api):
    same(len(api.get("metrics/get-history", run_id=curve(api)["long"], metric_key="m").ok().get("metrics", [])), 3000)


@check("pages hold all, once, in order")
def _(api):
    found, token = [], None
    for _ in range(9):
        more = {"page_token": token} if token else {}
        body = api.get("metrics/get-history", run_id=curve(api)["long"], metric_key="m", max_results=700, **more).ok()
        found += steps(body)
        token = body.get("next_page_token")
        if not token:
            break
    same(found, list(range(3000)))


@check("a last page that is full names no other")
def _(api):
    body = api.get("metrics/get-history", run_id=curve(api)["short"], metric_key="m", max_results=10).ok()
    same([len(body["metrics"]), body.get("next_page_token")], [10, None])


@check("an unknown key has no history")
def _(api):
    same(api.get("metrics/get-history", run_id=curve(api)["short"], metric_key="none", max_results=5).ok(), {})


@check("an unknown run has no history")
def _(api):
    same(api.get("metrics/get-history", run_id="f" * 32, metric_key="m", max_results=5).ok(), {})


@check("a token that nobody gave out is refused")
def _(api):
    api.get("metrics/get-history", run_id=curve(api)["short"], metric_key="m", max_results=5, page_token="&&&").refused("INVALID_PARAMETER_VALUE", "[Ii]nvalid page token")


def bulk(api, **query):
    return api.ajax("metrics/get-history-bulk", query)


@check("several runs at once, each point with its run")
def _(api):
    runs = [api.run() for _ in range(3)]
    for run in runs:
        api.post("runs/log-batch", run_id=run, metrics=[metric("m", i, 10 - i, i) for i in range(3)]).ok()
    found = bulk(api, run_id=runs, metric_key="m").ok()["metrics"]
    same([(m["run_id"], m["step"], m["key"]) for m in found], [(run, step, "m") for run in sorted(runs) for step in (2, 1, 0)])


@check("several runs at once are cut at max_results")
def _(api):
    same(len(bulk(api, run_id=[curve(api)["long"]], metric_key="m", max_results=5).ok()["metrics"]), 5)


@rows("several runs at once: {0}", [
    ("no run is refused", {"metric_key": "m"}, "GetMetricHistoryBulk request must specify at least one run_id"),
    ("no key is refused", {"run_id": ["a"]}, "GetMetricHistoryBulk request must specify a metric_key"),
    ("more than 100 runs are refused", {"run_id": [f"r{i}" for i in range(101)], "metric_key": "m"}, "cannot specify more than 100 run_ids. Received 101 run_ids"),
], "history")
def _(api, _title, query, says):
    bulk(api, **query).refused("INVALID_PARAMETER_VALUE", says)


@check("several runs at once: an unknown run has no points")
def _(api):
    same(bulk(api, run_id=["f" * 32], metric_key="m").ok()["metrics"], [])


def interval(api, **query):
    return api.ajax("metrics/get-history-bulk-interval", query)


@check("sampled: few points come whole")
def _(api):
    found = interval(api, run_ids=[curve(api)["short"]], metric_key="m", max_results=320).ok()["metrics"]
    same(sorted(m["step"] for m in found), list(range(10)))


@check("sampled: many points are bounded and hold both ends")
def _(api):
    found = interval(api, run_ids=[curve(api)["long"]], metric_key="m", max_results=100).ok()["metrics"]
    places = [m["step"] for m in found]
    assert 40 <= len(found) <= 104 and min(places) == 0 and max(places) == 2999, (len(found), min(places), max(places))


@check("sampled: points come by step and carry their run")
def _(api):
    found = interval(api, run_ids=[curve(api)["long"]], metric_key="m", max_results=50).ok()["metrics"]
    places = [m["step"] for m in found]
    same(places, sorted(places))
    same({m["run_id"] for m in found}, {curve(api)["long"]})


@check("sampled: of a range of steps nothing outside comes")
def _(api):
    found = interval(api, run_ids=[curve(api)["long"]], metric_key="m", start_step=100, end_step=120, max_results=320).ok()["metrics"]
    same([m["step"] for m in found], list(range(100, 121)))


@rows("sampled: {0} of the first ten points", [(1, [9]), (2, [0, 9]), (3, [0, 4, 9]), (4, [0, 3, 6, 9]), (5, [0, 2, 4, 6, 9]), (9, [0, 2, 3, 4, 5, 6, 7, 8, 9])], "history")
def _(api, most, expected):
    found = interval(api, run_ids=[curve(api)["long"]], metric_key="m", start_step=0, end_step=9, max_results=most).ok()["metrics"]
    same([m["step"] for m in found], expected)


@check("sampled: every n-th of a long series")
def _(api):
    found = interval(api, run_ids=[curve(api)["long"]], metric_key="m", max_results=7).ok()["metrics"]
    same([m["step"] for m in found], [0, 429, 858, 1287, 1716, 2144, 2999])


@check("sampled: points of one step come by time and value, what is no number as 0")
def _(api):
    run = api.run()
    points = [metric("m", value, time, 5) for value, time in ((3, 2), (1, 2), ("NaN", 2), (2, 1), (-1, 2))]
    api.post("runs/log-batch", run_id=run, metrics=points).ok()
    found = interval(api, run_ids=[run], metric_key="m").ok()["metrics"]
    same([str(m["value"]).lower().removesuffix(".0") for m in found], ["2", "-1", "nan", "1", "3"])


@check("sampled: two runs")
def _(api):
    runs = [curve(api)["long"], curve(api)["short"]]
    found = interval(api, run_ids=runs, metric_key="m", max_results=20).ok()["metrics"]
    same({m["run_id"] for m in found}, set(runs))


@check("sampled: the clients' address answers too")
def _(api):
    found = api.get("metrics/get-history-bulk-interval", run_ids=[curve(api)["short"]], metric_key="m", max_results=320).ok()["metrics"]
    same(len(found), 10)


@rows("sampled: {0} is refused", [
    ("no run", {"metric_key": "m"}), ("no key", {"run_ids": ["a"]}), ("max_results 0", {"run_ids": ["a"], "metric_key": "m", "max_results": 0}),
    ("max_results 2501", {"run_ids": ["a"], "metric_key": "m", "max_results": 2501}),
    ("an end before its start", {"run_ids": ["a"], "metric_key": "m", "start_step": 5, "end_step": 1}),
    ("a start without an end", {"run_ids": ["a"], "metric_key": "m", "start_step": 5}),
    ("an end without a start", {"run_ids": ["a"], "metric_key": "m", "end_step": 5}),
    ("more than 100 runs", {"run_ids": [f"r{i}" for i in range(101)], "metric_key": "m"}),
], "history")
def _(api, _title, query):
    interval(api, **query).refused("INVALID_PARAMETER_VALUE")
