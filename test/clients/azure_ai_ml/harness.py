"""What every part of the program needs: the client, steps that go on when one fails, comparisons field by field."""

import enum
import json
import os
import pathlib
import re
import sys
import tempfile
import traceback
import uuid

from azure.ai.ml import MLClient
from azure.ai.ml._version import VERSION
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential

SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]
GROUP = os.environ["AZURE_DEFAULTS_GROUP"]
WORKSPACE = os.environ["AZURE_DEFAULTS_WORKSPACE"]
MARK = "m" + uuid.uuid4().hex[:5]
ONLY = sys.argv[1:]
MINOR = int(VERSION.split(".")[1])

credential = DefaultAzureCredential()
ml = MLClient(credential, SUBSCRIPTION, GROUP, WORKSPACE)
well, wrong = [], {}


def step(name):
    """Runs the function at once, and notes how it ended."""

    def run(work):
        if ONLY and not any(name.startswith(word) for word in ONLY):
            return work
        try:
            work()
            well.append(name)
        except BaseException as error:  # noqa: BLE001 - whatever ends a step is what we want to know
            if isinstance(error, KeyboardInterrupt):
                raise
            frames = [
                each
                for each in traceback.extract_tb(error.__traceback__)
                if os.path.dirname(each.filename) == os.path.dirname(__file__) and each.name != "run"
            ]
            at = f"{os.path.basename(frames[-1].filename)} {frames[-1].lineno}" if frames else "?"
            wrong[name] = f"{at}: {type(error).__name__}: {str(error)[:1500]}"
            if os.environ.get("LAZ_TEST_TRACE"):
                traceback.print_exc()
        return work

    return run


def plain(value):
    """Any value of the client as data that can be compared; a pattern stays one."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (str, int, float, bool, re.Pattern)) or value is None:
        return value
    fields = {key: plain(each) for key, each in vars(value).items() if not key.startswith("_")}
    return {key: each for key, each in fields.items() if each is not None}


def equal(given, got, what=""):
    if given != got:
        raise AssertionError(f"{what}: given {given!r}, came back {got!r}")


def same(given, got, **instead):
    """Every field that was set, as it comes back; `instead` names those that the client itself spells otherwise."""
    for field, value in {**given, **instead}.items():
        came = plain(getattr(got, field))
        wanted = plain(value)
        if isinstance(wanted, dict) and isinstance(came, dict):
            came = {key: each for key, each in came.items() if key in wanted}
        if isinstance(wanted, re.Pattern):
            if not wanted.fullmatch(str(came)):
                raise AssertionError(f"{field}: {came!r} does not match {wanted.pattern}")
        else:
            equal(wanted, came, field)


def names(pages):
    return [each.name for each in pages]


def gone(work):
    try:
        work()
    except ResourceNotFoundError:
        return
    raise AssertionError("it is still there")


def folder(files):
    root = pathlib.Path(tempfile.mkdtemp(prefix="laz-program-"))
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


LABELS = {"tags": {"team": "red", "x": "ü"}, "description": "made by the program"}
DATA = folder({"one.csv": "a,b\n1,2\n", "deep/two.csv": "a,b\n3,4\n"})


def texts(root):
    return {str(path.relative_to(root)): path.read_text() for path in pathlib.Path(root).rglob("*") if path.is_file()}


CODE = folder(
    {
        "main.py": (
            "import os, pathlib, sys\n"
            "source, target, word = sys.argv[1:4]\n"
            "files = sorted(p.name for p in pathlib.Path(source).rglob('*') if p.is_file())\n"
            "print('ran with', word, files, flush=True)\n"
            "import time; time.sleep(2)\n"
            "pathlib.Path(target).mkdir(parents=True, exist_ok=True)\n"
            "(pathlib.Path(target) / 'result.txt').write_text(word + ' ' + ' '.join(files))\n"
            "pathlib.Path('outputs').mkdir(exist_ok=True)\n"
            "pathlib.Path('outputs/extra.txt').write_text('extra')\n"
        ),
        "lib/part.py": "x = 1\n",
        ".amlignore": "*.log\n",
        "noise.log": "not to be sent\n",
    }
)
CURATED = "azureml:AzureML-sklearn-1.5@latest"
RUN = "python3 main.py ${{inputs.data}} ${{outputs.out}} ${{inputs.word}}"


def component_file(text):
    path = CODE.parent / f"component-{uuid.uuid4().hex}.yml"
    path.write_text(text.replace("CODE", str(CODE)).replace("MARK", MARK))
    return str(path)


COMMAND_COMPONENT = f"""
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: train_MARK
version: "7"
display_name: Train
description: made by the program
type: command
is_deterministic: false
tags: {{team: red}}
inputs:
  data: {{type: uri_folder, description: where from}}
  word: {{type: string, default: hello}}
  count: {{type: integer, default: 3, min: 1, max: 9, optional: true}}
outputs:
  out: {{type: uri_folder}}
code: CODE
environment: {CURATED}
command: >-
  {RUN} $[[--count ${{{{inputs.count}}}}]]
resources: {{instance_count: 1}}
"""


def report():
    print(json.dumps({"version": VERSION, "well": well, "wrong": wrong}), file=sys.stderr)
