"""The unmodified azure-ai-ml client working in registries. Prints what it saw as one line of JSON on stderr."""

import json
import os
import sys
import tempfile
from pathlib import Path

from azure.ai.ml import Input, MLClient, Output, command, dsl, load_component
from azure.ai.ml.entities import BuildContext, Data, Environment, Model, Registry, RegistryRegionDetails
from azure.identity import DefaultAzureCredential

credential = DefaultAzureCredential()
place = (
    os.environ["AZURE_SUBSCRIPTION_ID"],
    os.environ["AZURE_DEFAULTS_GROUP"],
    os.environ["AZURE_DEFAULTS_WORKSPACE"],
)
ml = MLClient(credential, *place)
seen = {}
root = Path(tempfile.mkdtemp(prefix="laz-registry-"))


def write(path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return str(root / path)


def refusal(do):
    try:
        do()
    except Exception as error:  # whatever the client makes of it is what we want to see
        return getattr(error, "status_code", None) or type(error).__name__
    return "nothing"


# the registry itself
made = ml.registries.begin_create(
    Registry(
        name="shared",
        location="local",
        tags={"team": "all"},
        replication_locations=[RegistryRegionDetails(location="local")],
    )
).result()
seen["registry"] = [made.name, made.tags, [each.name for each in ml.registries.list()]]
reg = MLClient(credential, registry_name="shared")

# environments
image = Environment(name="env", version="1", image="python:3.11", description="d", tags={"a": "b"})
first = reg.environments.create_or_update(image)
seen["environment"] = [first.id, first.version, first.image, first.description, first.tags]
write("ctx/Dockerfile", "FROM python:3.11\n")
built = reg.environments.create_or_update(
    Environment(name="env", version="2", build=BuildContext(path=str(root / "ctx")))
)
seen["environment build"] = built.build.path.endswith("/ctx/")
seen["environment latest"] = reg.environments.get("env", label="latest").version
seen["environment versions"] = [each.version for each in reg.environments.list(name="env")]
reg.environments.archive("env", version="2")
seen["environment archived"] = [each.version for each in reg.environments.list(name="env")]
reg.environments.restore("env", version="2")
seen["environments"] = [each.name for each in reg.environments.list()]
same = reg.environments.create_or_update(image)
seen["environment again"] = same.id == first.id
seen["environment other"] = refusal(
    lambda: reg.environments.create_or_update(Environment(name="env", version="1", image="python:3.12"))
)

# models
write("model/weights.txt", "weights")
write("model/deep/more.txt", "more")
model = reg.models.create_or_update(Model(name="net", version="1", path=str(root / "model"), type="custom_model"))
seen["model"] = [model.id, model.version, model.type]
seen["model again"] = reg.models.create_or_update(
    Model(name="net", version="1", path=str(root / "model"), type="custom_model")
).id
write("other/weights.txt", "other")
seen["model other"] = refusal(
    lambda: reg.models.create_or_update(Model(name="net", version="1", path=str(root / "other")))
)
reg.models.download("net", "1", download_path=str(root / "got"))
seen["model download"] = sorted(
    [str(each.relative_to(root / "got")), each.read_text()] for each in (root / "got").rglob("*.txt")
)
seen["model next"] = reg.models.create_or_update(Model(name="net", path=str(root / "other"))).version
seen["model latest"] = reg.models.get("net", label="latest").version
reg.models.archive("net")
seen["models archived"] = [each.name for each in reg.models.list()]
reg.models.restore("net")
seen["models restored"] = [each.name for each in reg.models.list()]

# data
data = reg.data.create_or_update(
    Data(name="words", version="1", path=write("words/a.txt", "a word\n"), type="uri_file", description="some")
)
seen["data"] = [data.id, data.type, data.description]
seen["data latest"] = reg.data.get("words", label="latest").version

# components, with code that goes up into the registry
write("src/copy.py", "import sys, shutil\nshutil.copy(sys.argv[1], sys.argv[2] + '/copy.txt')\nprint('copied')\n")
write(
    "component.yml",
    "\n".join(
        [
            "name: copy_file",
            "version: 1",
            "type: command",
            "inputs:",
            "  what: {type: uri_file}",
            "outputs:",
            "  out: {type: uri_folder}",
            "code: ./src",
            "environment: azureml://registries/azureml/environments/sklearn-1.5/labels/latest",
            "command: python3 copy.py ${{inputs.what}} ${{outputs.out}}",
        ]
    ),
)
component = reg.components.create_or_update(load_component(source=str(root / "component.yml")))
seen["component"] = [component.id, component.version, component.code]
seen["components"] = [each.name for each in reg.components.list()]
loaded = reg.components.get("copy_file", version="1")
seen["component environment"] = str(loaded.environment)

# share, and share again
ml.models.create_or_update(Model(name="mine", version="4", path=str(root / "model")))
shared = ml.models.share("mine", "4", share_with_name="theirs", share_with_version="1", registry_name="shared")
seen["model shared"] = [shared.id, shared.version]
seen["model shared again"] = refusal(
    lambda: ml.models.share("mine", "4", share_with_name="theirs", share_with_version="1", registry_name="shared")
)
ml.data.create_or_update(Data(name="table", version="2", path=write("t.csv", "a,b\n1,2\n"), type="uri_file"))
seen["data shared"] = ml.data.share(
    "table", "2", share_with_name="table", share_with_version="2", registry_name="shared"
).id
ml.environments.create_or_update(Environment(name="wsenv", version="1", image="python:3.10"))
seen["environment shared"] = ml.environments.share(
    "wsenv", "1", share_with_name="wsenv", share_with_version="1", registry_name="shared"
).image
seen["missing"] = refusal(lambda: reg.models.get("nobody", version="1"))

# and back
promoted = ml.models.create_or_update(
    Model(name="promoted", version="1", path="azureml://registries/shared/models/theirs/versions/1")
)
ml.models.download("promoted", "1", download_path=str(root / "back"))
seen["promoted"] = sorted(each.read_text() for each in (root / "back").rglob("*.txt"))

# jobs that run on what a registry holds
job = ml.jobs.create_or_update(
    command(
        name="on_registry",
        command="cat ${{inputs.net}}/weights.txt ${{inputs.words}} > ${{outputs.out}}/all.txt",
        environment="azureml://registries/shared/environments/env/versions/1",
        inputs={
            "net": Input(type="custom_model", path="azureml://registries/shared/models/theirs/versions/1"),
            "words": Input(type="uri_file", path="azureml://registries/shared/data/words/labels/latest"),
        },
        outputs={"out": Output(type="uri_folder")},
        compute="local",
    )
)


def finished(name):
    ml.jobs.stream(name)
    return ml.jobs.get(name).status


seen["job"] = finished(job.name)
ml.jobs.download("on_registry", output_name="out", download_path=str(root / "out"))
seen["job output"] = [each.read_text() for each in (root / "out").rglob("all.txt")]


@dsl.pipeline(default_compute="local")
def copies(what):
    copied = loaded(what=what)
    return {"out": copied.outputs.out}


pipeline = copies(what=Input(type="uri_file", path="azureml://registries/shared/data/words/versions/1"))
pipeline.settings.force_rerun = True
run = ml.jobs.create_or_update(pipeline, experiment_name="registry")
seen["pipeline"] = finished(run.name)

# what comes with the server
system = MLClient(credential, registry_name="azureml")
names = [each.name for each in system.environments.list()]
seen["system"] = "sklearn-1.5" in names and "acpt-pytorch-2.8-cuda12.6" in names
seen["system latest"] = system.environments.get("sklearn-1.5", label="latest").id
seen["system read only"] = refusal(lambda: system.environments.create_or_update(image))

seen["registry in use"] = refusal(lambda: ml.registries.begin_delete(name="shared").result())
print(json.dumps(seen), file=sys.stderr)
