"""Runs a job through the official ML client, unmodified: submit with code, stream, list, download. One line a check."""

import json
import os
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

os.environ["AZUREML_RUN_POLLING_INTERVAL_MIN"] = "1"

from azure.ai.ml import MLClient, Output, command, dsl
from azure.ai.ml.constants._common import STORAGE_ACCOUNT_URLS
from azure.ai.ml.exceptions import JobException
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.pipeline.policies import AzureKeyCredentialPolicy

facts = json.loads(sys.stdin.read())


class Owner:
    def get_token(self, *scopes, **kwargs):
        return AccessToken(facts["token"], 4102444800)


class Header(AzureKeyCredentialPolicy):
    """The client sends no bearer token over plain http; a key in the same header it sends anywhere."""

    def __init__(self):
        super().__init__(AzureKeyCredential(facts["token"]), "Authorization", prefix="Bearer")

    def on_request(self, request):
        request.context.options.pop("enforce_https", None)
        super().on_request(request)


client = MLClient(
    Owner(),
    facts["subscription"],
    facts["resourceGroup"],
    facts["workspace"],
    authentication_policy=Header(),
)


def passed(what):
    print(f"passed {what}", flush=True)


def streamed(name):
    out = StringIO()
    with redirect_stdout(out):
        client.jobs.stream(name)
    return out.getvalue()


def submit(work, script, **more):
    source = Path(work, "src")
    source.mkdir(exist_ok=True)
    Path(source, "main.py").write_text(script)
    job = command(code=str(source), command="python main.py", environment=facts["environment"], **more)
    return client.jobs.create_or_update(job, experiment_name="clients")


def stream(work):
    script = "import time\nfor i in range(5):\n    print('line', i, flush=True)\n    time.sleep(0.7)\n"
    job = submit(work, script, tags={"a": "b"})
    text = streamed(job.name)
    assert "Streaming user_logs/std_log.txt" in text, text
    assert [line for line in text.splitlines() if line.startswith("line ")] == [f"line {i}" for i in range(5)], text
    assert client.jobs.get(job.name).status == "Completed"
    passed("streaming a job")


def failure(work):
    job = submit(work, "import sys, time\nprint('before the end', flush=True)\ntime.sleep(2)\nsys.exit(7)\n")
    try:
        streamed(job.name)
    except JobException as error:
        assert "7" in str(error) and "UserError" in str(error), error
    else:
        raise AssertionError("a failed job streamed as if it had completed")
    passed("the error of a failed job")


def labels(work):
    job = submit(work, "print('x')\n", display_name="first name")
    streamed(job.name)
    job = client.jobs.get(job.name)
    job.display_name = "second name"
    job.tags["c"] = "d"
    client.jobs.create_or_update(job)
    again = client.jobs.get(job.name)
    assert (again.display_name, again.tags["c"]) == ("second name", "d"), again
    client.jobs.archive(job.name)
    assert job.name not in [one.name for one in client.jobs.list()]
    client.jobs.restore(job.name)
    assert job.name in [one.name for one in client.jobs.list()]
    assert client.jobs.show_services(job.name) is None
    passed("labels of a job")


def download(work):
    # Over plain http the client cannot be told where an account is: it insists on https://{account}.blob.{suffix}.
    STORAGE_ACCOUNT_URLS["AzureBlob"] = facts["url"] + "/{}?{}"
    script = (
        "import os\n"
        "print('downloaded')\n"
        "os.makedirs('outputs', exist_ok=True)\n"
        "open('outputs/kept.txt', 'w').write('K')\n"
        "open(os.path.join(os.environ['AZURE_ML_OUTPUT_out'], 'o.txt'), 'w').write('O')\n"
    )
    job = submit(work, script, outputs={"out": Output(type="uri_folder")})
    streamed(job.name)
    target = Path(work, "down")
    client.jobs.download(job.name, download_path=target, all=True)
    found = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    wanted = {"artifacts/user_logs/std_log.txt", "artifacts/outputs/kept.txt", "named-outputs/out/o.txt"}
    assert wanted <= found, found
    assert Path(target, "artifacts/user_logs/std_log.txt").read_text() == "downloaded\n"
    one = Path(work, "one")
    client.jobs.download(job.name, download_path=one, output_name="out")
    assert Path(one, "named-outputs/out/o.txt").read_text() == "O"
    passed("downloads of a job")


def outputs(work):
    from azure.ai.ml.operations._job_ops_helper import get_job_output_uris_from_dataplane

    script = "import os\nopen(os.path.join(os.environ['AZURE_ML_OUTPUT_out'], 'o.txt'), 'w').write('O')\n"
    job = submit(work, script, outputs={"out": Output(type="uri_folder")})
    streamed(job.name)
    jobs = client.jobs
    uris = get_job_output_uris_from_dataplane(
        job.name, jobs._runs_operations, jobs._dataset_dataplane_operations, jobs._model_dataplane_operations
    )
    assert list(uris) == ["out"], uris
    assert uris["out"].startswith("azureml://subscriptions/") and "/datastores/workspaceblobstore/paths/" in uris["out"], uris
    passed("outputs of a job")


def pipeline(work):
    source = Path(work, "src")
    Path(source, "main.py").write_text("print('step')\n")
    step = command(code=str(source), command="python main.py", environment=facts["environment"])

    @dsl.pipeline(default_compute="local")
    def two():
        step()
        step()

    job = client.jobs.create_or_update(two(), experiment_name="clients")
    text = streamed(job.name)
    children = list(client.jobs.list(parent_job_name=job.name))
    assert len(children) == 2 and {child.status for child in children} == {"Completed"}, children
    passed("a pipeline and its children")
    return text


with tempfile.TemporaryDirectory() as work:
    checks = [stream, failure, labels, outputs, download, pipeline]
    for check in checks:
        check(work)
