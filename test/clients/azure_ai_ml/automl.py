"""AutoML and Spark with the unmodified azure-ai-ml, as its own notebooks write them.

Its address and token come from the variables of `laz connect`. Prints one line of JSON on stderr: what was seen.
"""

import csv
import json
import math
import os
import random
import sys
import time

from azure.ai.ml import Input, MLClient, Output, automl, command, dsl, spark
from azure.identity import DefaultAzureCredential

FOLDER = os.environ["LAZ_TEST_FOLDER"]
ml = MLClient(DefaultAzureCredential(), "00000000-0000-0000-0000-000000000001", "lazurite", "main")
seen = {}


def table(name, columns, rows):
    """A local MLTable: the client uploads it."""
    folder = os.path.join(FOLDER, name)
    os.makedirs(folder)
    with open(os.path.join(folder, "data.csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    with open(os.path.join(folder, "MLTable"), "w") as file:
        file.write("paths:\n  - file: ./data.csv\ntransformations:\n  - read_delimited:\n      delimiter: ','\n")
        file.write("      encoding: ascii\n")
    return Input(type="mltable", path=folder)


def wait(job):
    while ml.jobs.get(job.name).status not in ("Completed", "Failed", "Canceled"):
        time.sleep(1)
    return ml.jobs.get(job.name)


def flowers():
    draw = random.Random(7)
    kinds = ("small", "large")
    return [
        [
            round(draw.gauss(1 + 2 * n % 4, 0.6), 3),
            round(draw.gauss(2 - n % 2, 0.6), 3),
            draw.choice("abc"),
            kinds[n % 2],
        ]
        for n in range(120)
    ]


def days():
    draw = random.Random(3)
    for n in range(140):
        moment = time.strftime("%Y-%m-%d", time.gmtime(1600000000 + n * 86400))
        yield [moment, round(50 + n / 5 + 9 * math.sin(n * 2 * math.pi / 7) + draw.gauss(0, 0.5), 3)]


def classification():
    job = automl.classification(
        training_data=table("flowers", ["length", "width", "place", "kind"], flowers()),
        target_column_name="kind",
        primary_metric="AUC_weighted",
        n_cross_validations=2,
        outputs={"best_model": Output(type="mlflow_model")},
    )
    job.set_limits(max_trials=4, max_concurrent_trials=2, timeout_minutes=30, enable_early_termination=True)
    job.set_training(allowed_training_algorithms=["LogisticRegression", "LightGBM"])
    done = wait(ml.jobs.create_or_update(job))
    ml.jobs.stream(done.name)
    children = sorted(child.name[len(done.name) :] for child in ml.jobs.list(parent_job_name=done.name))
    seen["classification"] = [done.status, type(done).__name__, done.primary_metric, children]
    best = done.properties["automl_best_child_run_id"]
    seen["best"] = ml.jobs.get(best).status
    ml.jobs.download(best, download_path=FOLDER, all=True)
    found = [name for _, _, names in os.walk(FOLDER) for name in names]
    seen["downloaded"] = sorted({"MLmodel", "model.pkl", "confusion_matrix.json"} & set(found))
    return done.name, best


def use(best):
    """In another process, which has nothing but what the model says it needs."""
    code = (
        'python -c "import mlflow, pandas, sys; m = mlflow.pyfunc.load_model(sys.argv[1]); '
        "print(sorted(set(m.predict(pandas.DataFrame({'length': [0.0, 3.0], 'width': [2.0, 1.0], 'place': ['a', 'z']}))))); "
        'print(m.metadata.run_id)" ${{inputs.model}}'
    )
    job = command(
        command=code,
        environment="azureml://registries/azureml/environments/ai-ml-automl/labels/latest",
        inputs={
            "model": Input(
                type="mlflow_model", path="azureml://jobs/%s/outputs/artifacts/paths/outputs/mlflow-model/" % best
            )
        },
    )
    done = wait(ml.jobs.create_or_update(job))
    ml.jobs.download(done.name, download_path=os.path.join(FOLDER, "used"), all=True)
    log = os.path.join(FOLDER, "used", "artifacts", "user_logs", "std_log.txt")
    with open(log) as file:
        seen["used"] = [done.status, file.read().replace(best, "<best>").strip().splitlines()[-2:]]


def forecast():
    job = automl.forecasting(
        training_data=table("days", ["day", "count"], days()),
        target_column_name="count",
        primary_metric="normalized_root_mean_squared_error",
        n_cross_validations=2,
    )
    job.set_limits(max_trials=4, max_concurrent_trials=2, timeout_minutes=30)
    job.set_forecast_settings(time_column_name="day", forecast_horizon=7, frequency="D", target_lags=[1, 7])
    job.set_training(
        allowed_training_algorithms=["SeasonalNaive", "ElasticNet", "LightGBM"], enable_stack_ensemble=False
    )
    done = wait(ml.jobs.create_or_update(job))
    score = float(done.properties.get("score", "nan"))
    seen["forecast"] = [done.status, score < 0.1]


def refused():
    days_again = Input(type="mltable", path=os.path.join(FOLDER, "days"))
    job = automl.text_ner(training_data=days_again, validation_data=days_again)
    try:
        ml.jobs.create_or_update(job)
        seen["refused"] = "taken"
    except Exception as error:  # noqa: BLE001
        seen["refused"] = "AutoML for TextNER is not supported" in str(error)


def sparkling():
    folder = os.path.join(FOLDER, "program")
    os.makedirs(folder)
    with open(os.path.join(folder, "count.py"), "w") as file:
        file.write(
            "import sys\nfrom pyspark.sql import SparkSession\n"
            "s = SparkSession.builder.getOrCreate()\n"
            "d = s.read.csv(sys.argv[1], header=True)\nprint('rows', d.count(), 'cores', s.sparkContext.master)\n"
            "d.groupBy('kind').count().write.mode('overwrite').json(sys.argv[2])\n"
        )
    step = spark(
        code=folder,
        entry={"file": "count.py"},
        driver_cores=1,
        driver_memory="1g",
        executor_cores=1,
        executor_memory="1g",
        executor_instances=1,
        inputs={"rows": Input(type="uri_file", path=os.path.join(FOLDER, "flowers", "data.csv"), mode="direct")},
        outputs={"made": Output(type="uri_folder", mode="direct")},
        args="${{inputs.rows}} ${{outputs.made}}",
        resources={"instance_type": "Standard_E4S_V3", "runtime_version": "3.4.0"},
    )

    @dsl.pipeline()
    def whole(rows):
        node = step(rows=rows)
        node.resources = {"instance_type": "Standard_E4S_V3", "runtime_version": "3.4.0"}
        return {"made": node.outputs.made}

    pipeline = whole(Input(type="uri_file", path=os.path.join(FOLDER, "flowers", "data.csv"), mode="direct"))
    pipeline.outputs.made.mode = "direct"
    done = wait(ml.jobs.create_or_update(pipeline))
    child = next(iter(ml.jobs.list(parent_job_name=done.name)))
    ml.jobs.download(child.name, download_path=os.path.join(FOLDER, "spark"), all=True)
    with open(os.path.join(FOLDER, "spark", "artifacts", "user_logs", "std_log.txt")) as file:
        said = [line for line in file.read().splitlines() if line.startswith("rows")]
    alone = wait(ml.jobs.create_or_update(step))
    seen["spark"] = [done.status, type(child).__name__, said, alone.status]


if "automl" in sys.argv:
    _, best = classification()
    use(best)
    forecast()
    refused()
else:
    table("flowers", ["length", "width", "place", "kind"], flowers())
    sparkling()
print(json.dumps(seen), file=sys.stderr)
