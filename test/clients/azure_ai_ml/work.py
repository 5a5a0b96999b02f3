"""Jobs, pipelines, schedules."""

import pathlib
import tempfile
import time

from azure.ai.ml import Input, Output, command, dsl, entities, load_component
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from harness import (
    CODE,
    COMMAND_COMPONENT,
    CURATED,
    DATA,
    LABELS,
    MARK,
    RUN,
    component_file,
    equal,
    gone,
    ml,
    names,
    plain,
    same,
    step,
    texts,
)


def job_of(name, data=None, out=None, **more):
    return command(
        name=name,
        display_name="Shown",
        experiment_name="program",
        description="made by the program",
        tags={"team": "red"},
        code=str(CODE),
        command=RUN,
        inputs={"data": data or Input(type="uri_folder", path=str(DATA), mode="download"), "word": "hey"},
        outputs={"out": out or Output(type="uri_folder", mode="upload")},
        environment=CURATED,
        environment_variables={"MOOD": "ü good"},
        compute=more.pop("compute", "program"),
        **more,
    )


def ensure_cluster():
    try:
        ml.compute.get("program")
    except ResourceNotFoundError:
        ml.compute.begin_create_or_update(
            entities.AmlCompute(name="program", size="STANDARD_DS3_V2", max_instances=2)
        ).result()


def wait(name):
    for _ in range(600):
        status = ml.jobs.get(name).status
        if status in ("Completed", "Failed", "Canceled"):
            return status
        time.sleep(0.2)
    raise AssertionError("the job does not end")


@step("job command")
def _():
    ensure_cluster()
    name = f"command_{MARK}"
    made = ml.jobs.create_or_update(job_of(name))
    given = {
        "name": name,
        "display_name": "Shown",
        "experiment_name": "program",
        "description": "made by the program",
        "tags": {"team": "red"},
        "environment_variables": {"MOOD": "ü good"},
        "compute": "program",
        "command": RUN,
    }
    same(given, made)
    print(f"--- stream {name}", flush=True)
    ml.jobs.stream(name)
    print(f"--- end of {name}", flush=True)
    done = ml.jobs.get(name)
    equal("Completed", done.status)
    same(given, done)
    equal(["uri_folder", "download"], [done.inputs["data"].type, done.inputs["data"].mode])
    equal(["uri_folder", "upload"], [done.outputs["out"].type, done.outputs["out"].mode])
    assert "/codes/" in done.code, done.code
    where = pathlib.Path(tempfile.mkdtemp())
    ml.jobs.download(name, download_path=str(where), all=True)
    found = texts(where)
    equal("hey one.csv two.csv", found["named-outputs/out/result.txt"])
    equal("extra", found["artifacts/outputs/extra.txt"])
    assert "ran with hey ['one.csv', 'two.csv']" in found["artifacts/user_logs/std_log.txt"], found
    where = pathlib.Path(tempfile.mkdtemp())
    ml.jobs.download(name, download_path=str(where), output_name="out")
    equal({"named-outputs/out/result.txt": "hey one.csv two.csv"}, texts(where))
    done.tags, done.display_name = {"team": "blue"}, "Other"
    same({"tags": {"team": "blue"}, "display_name": "Other"}, ml.jobs.create_or_update(done))
    same({**given, "tags": {"team": "blue"}, "display_name": "Other"}, ml.jobs.get(name))
    assert name in names(ml.jobs.list())
    ml.jobs.archive(name)
    assert name not in names(ml.jobs.list())
    ml.jobs.restore(name)
    assert name in names(ml.jobs.list())
    ml.jobs.show_services(name)


@step("job with registered data and a model as output")
def _():
    ensure_cluster()
    ml.data.create_or_update(entities.Data(name=f"used-{MARK}", version="1", type="uri_folder", path=str(DATA)))
    name = f"uses_{MARK}"
    data = Input(type="uri_folder", path=f"azureml:used-{MARK}:1")
    out = Output(type="custom_model", name=f"trained-{MARK}", version="5")
    ml.jobs.create_or_update(job_of(name, data, out))
    equal("Completed", wait(name))
    trained = ml.models.get(f"trained-{MARK}", version="5")
    equal("custom_model", trained.type)
    where = pathlib.Path(tempfile.mkdtemp())
    ml.models.download(trained.name, version="5", download_path=str(where))
    assert "hey one.csv two.csv" in texts(where).values(), texts(where)
    where = pathlib.Path(tempfile.mkdtemp())
    ml.jobs.download(name, download_path=str(where), output_name="out")
    equal(["hey one.csv two.csv"], list(texts(where).values()))


@step("job pipeline")
def _():
    ensure_cluster()
    train = load_component(
        component_file(
            COMMAND_COMPONENT.replace("train_MARK", "step_MARK").replace(" $[[--count ${{inputs.count}}]]", "")
        )
    )

    @dsl.pipeline(compute="program", display_name="Piped", description="made by the program", tags={"team": "red"})
    def steps(data, word="deep"):
        first = train(data=data, word=word)
        second = train(data=first.outputs.out, word="again")
        return {"out": second.outputs.out}

    job = steps(data=Input(type="uri_folder", path=str(DATA)))
    made = ml.jobs.create_or_update(job, experiment_name="program")
    given = {
        "display_name": "Piped",
        "description": "made by the program",
        "tags": {"team": "red"},
        "experiment_name": "program",
    }
    same(given, made)
    print(f"--- stream {made.name}", flush=True)
    ml.jobs.stream(made.name)
    print(f"--- end of {made.name}", flush=True)
    done = ml.jobs.get(made.name)
    equal("Completed", done.status)
    same(given, done)
    equal(["first", "second"], list(done.jobs))
    equal(["Completed", "Completed"], [each.status for each in ml.jobs.list(parent_job_name=made.name)])
    where = pathlib.Path(tempfile.mkdtemp())
    ml.jobs.download(made.name, download_path=str(where), output_name="out")
    equal({"named-outputs/out/result.txt": "again result.txt"}, texts(where))
    for child in ml.jobs.list(parent_job_name=made.name):
        where = pathlib.Path(tempfile.mkdtemp())
        ml.jobs.download(child.name, download_path=str(where), all=True)
        assert "named-outputs/out/result.txt" in texts(where), texts(where)


@step("job cancel")
def _():
    ensure_cluster()
    name = f"long_{MARK}"
    ml.jobs.create_or_update(command(name=name, command="sleep 600", environment=CURATED, compute="program"))
    ml.jobs.begin_cancel(name).result()
    equal("Canceled", wait(name))


@step("job refusals")
def _():
    ensure_cluster()
    try:
        ml.jobs.create_or_update(command(command="echo x", environment="azureml:nothere:1", compute="program"))
        raise AssertionError("a job with an environment that is not there was taken")
    except HttpResponseError as error:
        equal(400, error.status_code)
    gone(lambda: ml.jobs.get("nothere"))


def timed_pipeline():
    train = load_component(component_file(COMMAND_COMPONENT.replace("train_MARK", "timed_MARK")))

    @dsl.pipeline(compute="program", display_name="Timed", tags={"team": "red"})
    def steps(data, word="deep"):
        first = train(data=data, word=word)
        return {"out": first.outputs.out}

    return steps(data=Input(type="uri_folder", path=str(DATA)))


@step("schedule")
def _():
    ensure_cluster()
    name = f"nightly-{MARK}"
    when = {
        "start_time": "2030-01-01T00:00:00",
        "end_time": "2031-01-01T00:00:00",
        "time_zone": "Pacific Standard Time",
    }
    pattern = entities.RecurrencePattern(hours=[10, 12], minutes=[0, 30], week_days=["monday", "friday"])
    recurrence = entities.RecurrenceTrigger(frequency="week", interval=2, schedule=pattern, **when)
    given = {"name": name, "display_name": "Nightly", **LABELS}
    schedule = entities.JobSchedule(trigger=recurrence, create_job=timed_pipeline(), **given)
    for got in (ml.schedules.begin_create_or_update(schedule).result(), ml.schedules.get(name)):
        same({**given, "is_enabled": True}, got)
        equal(["week", 2], [got.trigger.frequency.lower(), got.trigger.interval])
        days = [each.lower() for each in plain(got.trigger.schedule.week_days)]
        equal(
            [[10, 12], [0, 30], ["monday", "friday"]], [got.trigger.schedule.hours, got.trigger.schedule.minutes, days]
        )
        equal(when["time_zone"], plain(got.trigger.time_zone))
        equal(
            [when["start_time"], when["end_time"]],
            [str(each)[:19] for each in (got.trigger.start_time, got.trigger.end_time)],
        )
        equal(["first"], list(got.create_job.jobs))
        same({"display_name": "Timed", "tags": {"team": "red"}}, got.create_job)
    assert name in names(ml.schedules.list())
    ml.schedules.begin_disable(name).result()
    equal(False, ml.schedules.get(name).is_enabled)
    ml.schedules.begin_enable(name).result()
    equal(True, ml.schedules.get(name).is_enabled)
    changed = ml.schedules.get(name)
    changed.trigger = entities.CronTrigger(expression="0 8 * * 1", start_time="2030-01-01T00:00:00", time_zone="UTC")
    changed.description = "changed"
    got = ml.schedules.begin_create_or_update(changed).result()
    equal(["0 8 * * 1", "changed"], [got.trigger.expression, got.description])
    ml.schedules.begin_disable(name).result()
    ml.schedules.begin_delete(name).result()
    gone(lambda: ml.schedules.get(name))
