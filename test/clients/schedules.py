"""What a user of azure-ai-ml does with schedules and with jobs of several processes, with nothing but what
`laz connect python` prints in the environment.

Prints one line of JSON on stderr: what each step answered. A step that raises ends the run with its traceback.
"""

import contextlib
import io
import json
import os
import re
import sys
import time

FOLDER = os.environ["LAZ_TEST_FOLDER"]
from azure.ai.ml import command, dsl, load_component
from azure.ai.ml.constants import TimeZone
from azure.ai.ml.entities._load_functions import load_schedule  # as az does
from azure.ai.ml.entities import CronTrigger, JobSchedule, RecurrencePattern, RecurrenceTrigger
from azure.core.exceptions import HttpResponseError
from workspace import ml

seen = {}


def file(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w") as out:
        out.write(text)
    return path


COMPONENT = file(
    "say.yml",
    """
name: say
version: 1
type: command
inputs: {word: {type: string}}
outputs: {out: {type: uri_folder}}
environment: azureml:AzureML-sklearn-1.5@latest
command: echo ${{inputs.word}} > ${{outputs.out}}/word.txt
""",
)
PIPELINE = file(
    "pipeline.yml",
    """
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
display_name: by hand
inputs: {word: hello}
outputs: {out: {type: uri_folder}}
settings: {default_compute: azureml:serverless}
jobs:
  first:
    component: ./say.yml
    inputs: {word: "${{parent.inputs.word}}"}
    outputs: {out: "${{parent.outputs.out}}"}
""",
)


@dsl.pipeline(default_compute="serverless")
def speak(word):
    said = load_component(COMPONENT)(word=word)
    return {"out": said.outputs.out}


def started_by(name):
    """The jobs of a schedule, once there is one."""
    for _ in range(100):
        found = [job for job in ml.jobs.list() if job.properties.get("azureml.scheduleName") == name]
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{name} started nothing")


def finished(name):
    with contextlib.redirect_stdout(io.StringIO()):
        ml.jobs.stream(name)
    return ml.jobs.get(name)


def word_of(job):
    folder = os.path.join(FOLDER, job.name)
    ml.jobs.download(job.name, download_path=folder, output_name="out")
    with open(os.path.join(folder, "named-outputs/out/word.txt")) as out:
        return out.read().strip()


def at_once():
    trigger = RecurrenceTrigger(frequency="hour", interval=1)
    made = ml.schedules.begin_create_or_update(
        JobSchedule(name="hourly", trigger=trigger, create_job=speak(word="tick"))
    ).result()
    jobs = started_by("hourly")
    job = finished(jobs[0].name)
    seen["at once"] = [
        made.provisioning_state,
        made.is_enabled,
        len(jobs),
        bool(re.fullmatch(r"hourly-\d{8}T\d{6}Z", job.name)),
        job.display_name == job.name,
        job.status,
        word_of(job),
    ]


def by_hand():
    schedule = load_schedule(
        file(
            "settings.yml",
            """
$schema: https://azuremlschemas.azureedge.net/latest/schedule.schema.json
name: with-settings
trigger: {type: cron, expression: "0 3 1 1 *", start_time: "2022-07-10T10:00:00", time_zone: Pacific Standard Time}
create_job:
  type: pipeline
  job: ./pipeline.yml
  inputs: {word: "${{name}}"}
  tags: {from: settings}
""",
        )
    )
    ml.schedules.begin_create_or_update(schedule).result()
    answer = ml.schedules.trigger("with-settings")
    job = finished(answer.job_name)
    seen["by hand"] = [job.status, job.tags["from"], word_of(job) == job.name, answer.schedule_action_type]


def an_existing_job():
    once = finished(ml.jobs.create_or_update(speak(word="again"), experiment_name="once").name)
    schedule = load_schedule(
        file(
            "existing.yml",
            f"""
name: repeats
trigger: {{type: recurrence, frequency: day, interval: 1, schedule: {{hours: [4, 5], minutes: [0, 30]}}}}
create_job: azureml:{once.name}
""",
        )
    )
    ml.schedules.begin_create_or_update(schedule).result()
    job = finished(ml.schedules.trigger("repeats").job_name)
    seen["existing"] = [job.status, word_of(job), job.experiment_name]


def every_time_zone():
    zones = [zone.value for zone in TimeZone]
    for zone in zones:
        trigger = CronTrigger(expression="0 8 * * 1", time_zone=zone)
        schedule = JobSchedule(name="zones", trigger=trigger, create_job=speak(word="x"))
        got = ml.schedules.begin_create_or_update(schedule).result()
        assert got.trigger.time_zone == zone, (got.trigger.time_zone, zone)
    seen["zones"] = len(zones)


def refused():
    answers = []
    for trigger in (
        CronTrigger(expression="0 25 * * *"),
        RecurrenceTrigger(frequency="day", interval=0),
        RecurrenceTrigger(frequency="day", interval=1, schedule=RecurrencePattern(hours=24, minutes=0)),
    ):
        try:
            ml.schedules.begin_create_or_update(JobSchedule(name="bad", trigger=trigger, create_job=speak(word="x"))).result()
            answers.append("taken")
        except HttpResponseError as error:
            answers.append(error.status_code)
    seen["refused"] = answers


def off():
    for schedule in ml.schedules.list():
        ml.schedules.begin_disable(schedule.name).result()
        ml.schedules.begin_delete(schedule.name).result()
    seen["left"] = [schedule.name for schedule in ml.schedules.list(list_view_type="All")]


def several_processes():
    # the client prints logs only of jobs that go on when it first looks
    job = command(
        command='echo "rank $RANK of $WORLD_SIZE on node $NODE_RANK"; echo $RANK > outputs/$RANK.txt; sleep 6',
        environment="AzureML-sklearn-1.5@latest",
        compute="serverless",
        instance_count=2,
        distribution={"type": "pytorch", "process_count_per_instance": 2},
    )
    made = ml.jobs.create_or_update(job)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        ml.jobs.stream(made.name)
    folder = os.path.join(FOLDER, "several")
    ml.jobs.download(made.name, download_path=folder)
    names = sorted(os.listdir(os.path.join(folder, "artifacts/user_logs")))
    files = sorted(os.listdir(os.path.join(folder, "artifacts/outputs")))
    seen["several"] = [ml.jobs.get(made.name).status, "rank 0 of 4 on node 0" in said.getvalue(), names, files]


for step in (at_once, by_hand, an_existing_job, every_time_zone, refused, off, several_processes):
    step()
print(json.dumps(seen), file=sys.stderr)
