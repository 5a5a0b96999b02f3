"""Evaluation datasets through MLflow's own clients."""
import json
import os

import mlflow
from mlflow import MlflowClient
from mlflow.genai import datasets

client = MlflowClient()
here, there = (client.create_experiment(os.environ["EXPERIMENT"] + word) for word in (" here", " there"))
mlflow.set_experiment(experiment_id=here)

made = datasets.create_dataset(name="questions", experiment_id=here, tags={"team": "blue"})
made.merge_records(
    [
        {"inputs": {"q": "one", "t": 1.0}, "expectations": {"a": 1}, "tags": {"level": "easy"}},
        {"inputs": {"q": "two", "t": 2.5}, "outputs": {"a": [2, None]}},
    ]
)
made.merge_records([{"inputs": {"q": "two", "t": 2.5}, "expectations": {"a": 2}}])


@mlflow.trace
def answer(q):
    return q.upper()


answer("three")
traces = mlflow.search_traces(locations=[here], return_type="list", flush=True)
datasets.create_dataset(name="traced", experiment_id=here).merge_records(traces)
traced = client.search_datasets(experiment_ids=[here], filter_string="name = 'traced'")[0].to_df()

found = datasets.get_dataset(dataset_id=made.dataset_id)
table = found.to_df()
datasets.add_dataset_to_experiments(dataset_id=made.dataset_id, experiment_ids=[there])
joined = client.get_dataset(made.dataset_id).experiment_ids
datasets.remove_dataset_from_experiments(dataset_id=made.dataset_id, experiment_ids=[here])
datasets.set_dataset_tags(dataset_id=made.dataset_id, tags={"team": "red", "n": 1})
datasets.delete_dataset_tag(dataset_id=made.dataset_id, key="n")
gone = found.delete_records([table["dataset_record_id"][0]])
left = datasets.get_dataset(dataset_id=made.dataset_id)


def same(found, expected):
    assert found == expected, f"expected {expected}, found {found}"


same(sorted(map(json.dumps, table["inputs"])), ['{"q": "one", "t": 1.0}', '{"q": "two", "t": 2.5}'])
same(sorted(map(json.dumps, table["expectations"])), ['{"a": 1}', '{"a": 2}'])
same(sorted(table["source_type"]), ["CODE", "HUMAN"])
same([traced["inputs"][0], traced["outputs"][0], traced["source_type"][0]], [{"q": "three"}, "THREE", "TRACE"])
same(traced["source_id"][0], traces[0].info.trace_id)
same(json.loads(found.schema)["inputs"], {"q": "string", "t": "float"})
same([sorted(joined), left.experiment_ids], [sorted([here, there]), [there]])
same([left.tags["team"], "n" in left.tags, gone, len(left.to_df())], ["red", False, 1, 1])
same([d.name for d in datasets.search_datasets(experiment_ids=[there], filter_string="tags.team = 'red'")], ["questions"])
same([d.name for d in client.search_datasets(experiment_ids=here)], ["traced"])
datasets.delete_dataset(dataset_id=made.dataset_id)
same([d.name for d in client.search_datasets(experiment_ids=[here, there])], ["traced"])
print("all of it holds")
