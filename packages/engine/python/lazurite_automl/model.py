"""A fitted model as files: an MLflow model, a pickle, and what it runs in."""

import os
import platform
import shutil

import cloudpickle
import mlflow
import mlflow.sklearn
import numpy
import pandas
import sklearn
import yaml

import lazurite_automl

# whoever loads the model needs none of these files
cloudpickle.register_pickle_by_value(lazurite_automl)


def requirements(more=()):
    packages = {
        "mlflow": mlflow.__version__,
        "scikit-learn": sklearn.__version__,
        "pandas": pandas.__version__,
        "numpy": numpy.__version__,
        "cloudpickle": cloudpickle.__version__,
    }
    for package in more:
        packages[package] = __import__(package).__version__
    return ["%s==%s" % (name, version) for name, version in packages.items()]


def save(model, sample, predicted, packages=()):
    """`sample`: rows as they will be given to `predict`."""
    os.makedirs("outputs", exist_ok=True)
    wanted = requirements(packages)
    conda = {
        "name": "automl",
        "channels": ["conda-forge"],
        "dependencies": ["python=%s" % platform.python_version(), "pip", {"pip": wanted}],
    }
    folder = os.path.join("outputs", "mlflow-model")
    shutil.rmtree(folder, ignore_errors=True)
    mlflow.sklearn.save_model(
        model,
        folder,
        conda_env=conda,
        signature=mlflow.models.infer_signature(sample, predicted),
        serialization_format="cloudpickle",
    )
    _mark(folder)
    with open(os.path.join("outputs", "model.pkl"), "wb") as file:
        cloudpickle.dump(model, file)
    with open(os.path.join("outputs", "conda_env_v_1_0_0.yml"), "w", encoding="utf-8") as file:
        yaml.safe_dump(conda, file)


def _mark(folder):
    """Registering reads the run out of the file, and finds the model below it."""
    path = os.path.join(folder, "MLmodel")
    with open(path, encoding="utf-8") as file:
        about = yaml.safe_load(file)
    about["run_id"] = os.environ.get("MLFLOW_RUN_ID", about.get("run_id"))
    about["artifact_path"] = "outputs/mlflow-model"
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump(about, file, sort_keys=False)


def load(folder):
    with open(os.path.join(folder, "outputs", "model.pkl"), "rb") as file:
        return cloudpickle.load(file)
