"""Runs as training code of any client since 2.9 keeps them, and as it finds them again."""

import math
import pathlib
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
import pandas
from mlflow.entities import Metric, Param, RunTag, ViewType
from seen import failed_with, report

experiment = f"versions {mlflow.__version__}"
mlflow.set_experiment(experiment)
client = mlflow.MlflowClient()
folder = pathlib.Path(tempfile.mkdtemp())

with mlflow.start_run(run_name="parent", tags={"team": "blue"}, description="what it *is*") as parent:
    mlflow.log_params({"lr": 0.1, "layers": [1, 2], "ünï": "côdé", "depth/of it": 3})
    for step in range(120):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"nan": math.nan, "inf": math.inf, "minus": -math.inf}, step=-3)
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    mlflow.log_figure(figure, "plots/figure.png")
    plt.close(figure)
    mlflow.log_table({"question": ["a", "b"], "n": [1, 2]}, "tables/eval.json")
    mlflow.log_table(pandas.DataFrame({"question": ["c"], "n": [3]}), "tables/eval.json")
    mlflow.log_dict({"k": [1, {"z": None}]}, "config.yaml")
    mlflow.log_text("größe\n", "notes/größe.txt")
    (folder / "tree/deep").mkdir(parents=True)
    (folder / "tree/deep/a b+ü.bin").write_bytes(bytes(range(256)))
    (folder / "tree/empty").write_bytes(b"")
    mlflow.log_artifacts(str(folder / "tree"), "tree")
    mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({"x": [1.0, 2.0]}), name="points"), context="training")
    children = []
    for n in range(4):
        with mlflow.start_run(run_name=f"child {n}", nested=True) as child:
            mlflow.log_param("n", n)
            mlflow.log_metric("score", [0.5, math.nan, 0.9, 0.7][n])
            children.append(child.info.run_id)
run_id = parent.info.run_id

got = client.get_run(run_id)
assert got.info.status == "FINISHED" and got.info.run_name == "parent"
assert got.data.params == {"lr": "0.1", "layers": "[1, 2]", "ünï": "côdé", "depth/of it": "3"}, got.data.params
assert got.data.tags["mlflow.note.content"] == "what it *is*" and got.data.tags["team"] == "blue"
assert got.data.metrics["loss"] == 1 / 120 and math.isnan(got.data.metrics["nan"]), got.data.metrics
assert got.data.metrics["inf"] > 1e308 and got.data.metrics["minus"] < -1e308, got.data.metrics
assert [(m.step, m.value) for m in client.get_metric_history(run_id, "loss")] == [(s, 1 / (s + 1)) for s in range(120)]
assert client.get_metric_history(run_id, "inf")[0].step == -3
dataset = got.inputs.dataset_inputs[0]
assert dataset.dataset.name == "points" and dataset.tags[0].value == "training"

# a second write of the same is the same; another value of a param is refused
client.log_param(run_id, "lr", 0.1)
assert failed_with(lambda: client.log_param(run_id, "lr", 0.2)) == "INVALID_PARAMETER_VALUE"
assert failed_with(lambda: client.log_metric(run_id, "a//b", 1)) == "INVALID_PARAMETER_VALUE"
assert failed_with(lambda: client.get_run("0" * 32)) == "RESOURCE_DOES_NOT_EXIST"
batch = [Metric(f"m{n % 9}", n / 7, 1_700_000_000_000 + n, n) for n in range(800)]
for _ in range(2):
    client.log_batch(run_id, batch, [Param("batch", "yes")], [RunTag("batch", "tagged")])
assert [m.step for m in client.get_metric_history(run_id, "m4")] == list(range(4, 800, 9))

# files
top = {f.path: f.is_dir for f in client.list_artifacts(run_id)}
assert top == {"config.yaml": False, "notes": True, "plots": True, "tables": True, "tree": True}, top
local = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="tree"))
assert (local / "deep/a b+ü.bin").read_bytes() == bytes(range(256)) and (local / "empty").read_bytes() == b""
assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/größe.txt") == "größe\n"
assert mlflow.artifacts.load_image(f"runs:/{run_id}/plots/figure.png").size[0] > 100
table = mlflow.load_table("tables/eval.json", run_ids=[run_id])
assert list(table["question"]) == ["a", "b", "c"] and [int(n) for n in table["n"]] == [1, 2, 3], table

# search
found = mlflow.search_runs(experiment_names=[experiment], filter_string=f"tags.mlflow.parentRunId = '{run_id}'")
assert isinstance(found, pandas.DataFrame) and set(found.run_id) == set(children), found
assert set(found["params.n"]) == {"0", "1", "2", "3"} and found["metrics.score"].max() == 0.9
names = lambda **o: list(mlflow.search_runs(experiment_names=[experiment], **o)["tags.mlflow.runName"])
assert names(filter_string="metrics.score >= 0.7", order_by=["metrics.score DESC"]) == ["child 2", "child 3"]
order = names(filter_string="attributes.run_name LIKE 'child%'", order_by=["metrics.score DESC"])
assert order == ["child 2", "child 3", "child 0", "child 1"], order
assert names(filter_string='params."depth/of it" = "3" and params.`ünï` ILIKE "CôDé"') == ["parent"]
assert names(filter_string="dataset.name = 'points'") == ["parent"]
assert names(filter_string="attributes.status = 'FINISHED'", max_results=2, order_by=["attributes.run_name ASC"]) == [
    "child 0",
    "child 1",
]
experiment_id = got.info.experiment_id
first = client.search_runs([experiment_id], order_by=["params.n ASC"], max_results=3)
rest = client.search_runs([experiment_id], order_by=["params.n ASC"], max_results=3, page_token=first.token)
assert [r.info.run_name for r in [*first, *rest]] == [*(f"child {n}" for n in range(4)), "parent"] and not rest.token
assert failed_with(lambda: client.search_runs([experiment_id], "metrics.score == 1")) == "INVALID_PARAMETER_VALUE"
assert failed_with(lambda: client.search_runs([experiment_id], "params.n = '1' OR params.n = '2'"))

# what is deleted is hidden, kept and comes back
client.delete_run(children[0])
alive = client.search_runs([experiment_id], run_view_type=ViewType.ACTIVE_ONLY)
assert children[0] not in {r.info.run_id for r in alive} and len(alive) == 4
assert failed_with(lambda: client.log_metric(children[0], "x", 1)) == "INVALID_PARAMETER_VALUE"
assert [r.info.run_id for r in client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)] == [children[0]]
client.restore_run(children[0])

# runs go on, fail and are renamed
with mlflow.start_run(run_id=children[1]):
    assert client.get_run(children[1]).info.status == "RUNNING"
    mlflow.set_tag("mlflow.runName", "renamed")
assert client.get_run(children[1]).info.run_name == "renamed"
try:
    with mlflow.start_run(run_name="breaks") as broken:
        raise RuntimeError("on purpose")
except RuntimeError:
    assert client.get_run(broken.info.run_id).info.status == "FAILED"
client.delete_tag(run_id, "team")
assert "team" not in client.get_run(run_id).data.tags

# experiments
other = client.create_experiment(f"{experiment} other", tags={"k": "v"})
assert failed_with(lambda: client.create_experiment(f"{experiment} other")) == "RESOURCE_ALREADY_EXISTS"
client.set_experiment_tag(other, "l", "w")
client.rename_experiment(other, f"{experiment} renamed")
seen = client.search_experiments(filter_string=f"name LIKE '{experiment}%' AND tags.l = 'w'")
assert [(e.experiment_id, e.tags) for e in seen] == [(other, {"k": "v", "l": "w"})], seen
client.delete_experiment(other)
assert client.get_experiment(other).lifecycle_stage == "deleted"
client.restore_experiment(other)
assert client.get_experiment_by_name(f"{experiment} renamed").lifecycle_stage == "active"

# points that a thread of the client sends later
if hasattr(mlflow, "flush_async_logging"):
    with mlflow.start_run(run_name="later") as later:
        for step in range(60):
            mlflow.log_metric("m", step, step=step, synchronous=False)
        mlflow.flush_async_logging()
    assert [m.step for m in client.get_metric_history(later.info.run_id, "m")] == list(range(60))
report(run=run_id, experiment=experiment_id)
