"""What a user of azure-ai-ml does with computes, with nothing but what `laz connect python` prints in the environment.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import json
import sys
import time

from azure.ai.ml import command
from azure.ai.ml.entities import (
    AmlCompute,
    ComputeInstance,
    ComputeSchedules,
    ComputeStartStopSchedule,
    CronTrigger,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from workspace import ml

seen = {}


def until(look, what):
    for _ in range(300):
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(what)


def nodes(name):
    # this client keeps the wire's spelling of what it reads
    found = [vars(node) for node in ml.compute.list_nodes(name)]
    return sorted((node["nodeState"], node.get("runId") or "") for node in found)


def word(state):
    return str(getattr(state, "value", state))


def submit(name, compute):
    job = command(name=name, command="sleep 600", environment="azureml:AzureML-sklearn-1.5@latest", compute=compute)
    return ml.jobs.create_or_update(job)


def cluster():
    made = AmlCompute(
        name="cpu-cluster", size="STANDARD_D1_V2", min_instances=0, max_instances=1, idle_time_before_scale_down=2
    )
    ml.compute.begin_create_or_update(made).result()
    for name in ("first", "second"):
        submit(name, "cpu-cluster")
    until(lambda: ml.jobs.get("first").status == "Running", "the first job")
    before = nodes("cpu-cluster")
    got = ml.compute.get("cpu-cluster")
    got.max_instances = 2
    ml.compute.begin_update(got).result()
    until(lambda: ml.jobs.get("second").status == "Running", "the second job")
    after = nodes("cpu-cluster")
    for name in ("first", "second"):
        ml.jobs.begin_cancel(name).result()
    until(lambda: nodes("cpu-cluster") == [], "the nodes to go")
    ml.compute.begin_delete("cpu-cluster").result()
    seen["cluster"] = [before, after, int(got.max_instances)]


def instance():
    trigger = CronTrigger(expression="0 18 * * *", time_zone="W. Europe Standard Time")
    schedules = ComputeSchedules(compute_start_stop=[ComputeStartStopSchedule(trigger=trigger, action="Stop")])
    made = ComputeInstance(
        name="mine", size="STANDARD_D1_V2", idle_time_before_shutdown_minutes=30, schedules=schedules
    )
    states = [word(ml.compute.begin_create_or_update(made).result().state)]
    ml.compute.begin_stop("mine").result()
    states.append(word(ml.compute.get("mine").state))
    ml.compute.begin_start("mine").result()
    states.append(word(ml.compute.get("mine").state))
    submit("on-it", "mine")
    until(lambda: ml.jobs.get("on-it").status == "Running", "the job on the instance")
    states.append(word(ml.compute.get("mine").state))
    ml.compute.begin_restart("mine").result()
    got = ml.compute.get("mine")
    states.append(word(got.state))
    last = got.last_operation
    [schedule] = got.schedules.compute_start_stop
    seen["instance"] = [
        states,
        str(got.idle_time_before_shutdown_minutes),
        schedule.trigger.expression,
        word(schedule.action).lower(),
        [str(last["operationName"]), str(last["operationStatus"])],
        ml.jobs.get("on-it").status,
        [str(one.name) for one in ml.compute.list(compute_type="ComputeInstance")],
    ]
    ml.compute.begin_delete("mine").result()
    try:
        ml.compute.get("mine")
    except ResourceNotFoundError:
        seen["gone"] = True


def refusals():
    codes = []
    bad = CronTrigger(expression="0 99 * * *")
    for made in (
        AmlCompute(name="wrong", size="STANDARD_D1_V2", min_instances=3, max_instances=1),
        ComputeInstance(
            name="wrong",
            size="STANDARD_D1_V2",
            schedules=ComputeSchedules(compute_start_stop=[ComputeStartStopSchedule(trigger=bad, action="Stop")]),
        ),
    ):
        try:
            ml.compute.begin_create_or_update(made).result()
            codes.append(200)
        except HttpResponseError as error:
            codes.append(error.status_code)
    seen["refused"] = codes


for part in (cluster, instance, refusals):
    part()
print(json.dumps(seen), file=sys.stderr)
