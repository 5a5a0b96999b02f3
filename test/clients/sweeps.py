"""What a user of azure-ai-ml does with sweeps, with nothing but what `laz connect python` prints in the environment.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import contextlib
import io
import json
import os
import re
import sys

FOLDER = os.environ["LAZ_TEST_FOLDER"]
from azure.ai.ml import Output, command, dsl, load_component, load_job
from azure.ai.ml.sweep import (
    BanditPolicy,
    Choice,
    LogNormal,
    LogUniform,
    MedianStoppingPolicy,
    Normal,
    Objective,
    QLogNormal,
    QLogUniform,
    QNormal,
    QUniform,
    RandomSamplingAlgorithm,
    Randint,
    SweepJobLimits,
    TruncationSelectionPolicy,
    Uniform,
)
from azure.core.exceptions import HttpResponseError
from workspace import ml

seen = {}
line = "python3 main.py --lr ${{inputs.lr}} --kind ${{inputs.kind}} --out ${{outputs.model}}"


def trial():
    return command(
        code=os.path.join(FOLDER, "src"),
        command=line,
        environment="AzureML-sklearn-1.5@latest",
        inputs={"lr": 0.1, "kind": "none"},
        outputs={"model": Output(type="uri_folder")},
        compute="serverless",
    )


def streamed(name):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        ml.jobs.stream(name)
    return out.getvalue()


def a_sweep():
    tuned = trial()(lr=Uniform(min_value=0.1, max_value=0.9), kind=Choice(["a", "b"])).sweep(
        primary_metric="loss",
        goal="minimize",
        sampling_algorithm=RandomSamplingAlgorithm(rule="sobol", seed=7),
        max_total_trials=4,
        max_concurrent_trials=2,
        compute="serverless",
    )
    tuned.early_termination = MedianStoppingPolicy(delay_evaluation=5, evaluation_interval=2)
    tuned.set_limits(timeout=1200, trial_timeout=600)
    tuned.experiment_name = "sweeps"
    job = ml.jobs.create_or_update(tuned)
    text = streamed(job.name)
    seen["log"] = [
        bool(re.search(part, text))
        for part in (r"Streaming azureml-logs/hyperdrive.txt", r"Scheduling job, id='%s_3'" % job.name, r"FINISHED")
    ]
    job = ml.jobs.get(job.name)
    seen["job"] = [job.type, job.status, job.objective.goal, job.objective.primary_metric]
    seen["space"] = {name: one.type for name, one in job.search_space.items()}
    seen["sampling"] = [job.sampling_algorithm.type, job.sampling_algorithm.rule, job.sampling_algorithm.seed]
    seen["policy"] = [job.early_termination.type, job.early_termination.delay_evaluation]
    seen["limits"] = [job.limits.max_total_trials, job.limits.max_concurrent_trials, job.limits.timeout, job.limits.trial_timeout]
    trials = {one.name: one for one in ml.jobs.list(parent_job_name=job.name)}
    seen["trials"] = sorted(name.replace(job.name, "") for name in trials)
    scores = {name: ml.jobs.get(name).tags["hyperparameters"] for name in trials}
    best = min(scores, key=lambda name: abs(json.loads(scores[name])["lr"] - 0.5))
    seen["best"] = job.properties["best_child_run_id"] == best
    seen["score"] = abs(float(job.properties["score"]) - abs(json.loads(scores[best])["lr"] - 0.5)) < 1e-9
    folder = os.path.join(FOLDER, "download")
    ml.jobs.download(job.name, download_path=folder, all=True)
    paths = [os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names]
    seen["files"] = sorted(path for path in paths if "system_logs" not in path and "20_image" not in path)
    with open(os.path.join(folder, "named-outputs/model/model.txt")) as file:
        seen["best model"] = float(file.read()) == json.loads(scores[best])["lr"]


def every_distribution():
    every = {
        "choice": Choice([1, "two", 3.5]),
        "randint": Randint(upper=9),
        "uniform": Uniform(min_value=0, max_value=1),
        "quniform": QUniform(min_value=1, max_value=9, q=2),
        "loguniform": LogUniform(min_value=-3, max_value=0),
        "qloguniform": QLogUniform(min_value=0, max_value=3, q=2),
        "normal": Normal(mu=0, sigma=1),
        "qnormal": QNormal(mu=5, sigma=2, q=1),
        "lognormal": LogNormal(mu=0, sigma=1),
        "qlognormal": QLogNormal(mu=2, sigma=1, q=3),
    }
    job = command(
        command="echo " + " ".join("${{inputs.%s}}" % name for name in every),
        environment="AzureML-sklearn-1.5@latest",
        inputs={name: 0 for name in every},
        compute="serverless",
    )
    tuned = job(**every).sweep(primary_metric="nothing", goal="maximize", sampling_algorithm="random", compute="serverless")
    tuned.early_termination = TruncationSelectionPolicy(truncation_percentage=20, evaluation_interval=2)
    tuned.limits = SweepJobLimits(max_total_trials=1, max_concurrent_trials=1)
    job = ml.jobs.create_or_update(tuned)
    try:
        streamed(job.name)
    except Exception as error:
        seen["nothing logged"] = re.search(r"none logged the primary metric nothing", str(error)) is not None
    seen["read back"] = sorted(ml.jobs.get(job.name).search_space)
    seen["drawn"] = sorted(json.loads(ml.jobs.get(job.name + "_0").tags["hyperparameters"]))


def in_a_pipeline():
    fit = load_component(os.path.join(FOLDER, "fit.yml"))
    use = load_component(os.path.join(FOLDER, "use.yml"))

    @dsl.pipeline(default_compute="serverless")
    def tune_and_use(kind):
        tuned = fit(kind=kind, lr=Uniform(min_value=0.2, max_value=0.8)).sweep(
            primary_metric="loss", goal="minimize", sampling_algorithm="bayesian"
        )
        tuned.set_limits(max_total_trials=3, max_concurrent_trials=1)
        tuned.early_termination = BanditPolicy(slack_amount=5, evaluation_interval=1)
        step = use(model=tuned.outputs.model)
        return {"result": step.outputs.result}

    job = ml.jobs.create_or_update(tune_and_use(kind="piped"), experiment_name="sweeps")
    streamed(job.name)
    job = ml.jobs.get(job.name)
    steps = {one.display_name: one for one in ml.jobs.list(parent_job_name=job.name)}
    tuned = ml.jobs.get(steps["tuned"].name)
    seen["pipeline"] = [job.status, tuned.type, tuned.status, len(list(ml.jobs.list(parent_job_name=tuned.name)))]
    folder = os.path.join(FOLDER, "piped")
    ml.jobs.download(job.name, download_path=folder, output_name="result")
    with open(os.path.join(folder, "named-outputs/result/result.txt")) as file:
        lr = float(file.read())
    best = json.loads(ml.jobs.get(tuned.properties["best_child_run_id"]).tags["hyperparameters"])
    seen["handed on"] = lr == best["lr"]


def a_file():
    job = ml.jobs.create_or_update(load_job(os.path.join(FOLDER, "sweep.yml")))
    streamed(job.name)
    seen["file"] = [ml.jobs.get(job.name).status, len(list(ml.jobs.list(parent_job_name=job.name)))]


def refused():
    tuned = trial()(lr=Normal(mu=0, sigma=1)).sweep(
        primary_metric="loss", goal="minimize", sampling_algorithm="grid", max_total_trials=10000, compute="serverless"
    )
    try:
        ml.jobs.create_or_update(tuned)
    except HttpResponseError as error:
        text = str(error)
        seen["refused"] = ["grid sampling searches choice, not normal" in text, "from 1 to 1000, not 10000" in text]


for step in (a_sweep, every_distribution, in_a_pipeline, a_file, refused):
    step()
print(json.dumps(seen), file=sys.stderr)
