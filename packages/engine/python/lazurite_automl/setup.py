"""The first look: what the columns are, how models are judged, which recipes can be had here."""

import numpy
import pandas

from . import columns, data, report, validation
from .problem import Problem
from .recipes import lacking


def run(task):
    learn, judged = data.load(task)
    print("%d rows to learn from, %d columns, target %s" % (len(learn), learn.frame.shape[1], task["target"]))
    if task["task"] == "forecasting":
        from . import series

        found = series.look(task, learn, judged)
    else:
        found = _look(task, learn, judged)
    found["rows"] = len(learn)
    found["lacking"] = lacking(task["algorithms"])
    for name, package in found["lacking"].items():
        print("%s is left out: the environment has no %s" % (name, package))
    for name, purpose in found["columns"].items():
        print("column %s: %s" % (name, purpose))
    print("validation: %s" % found["validation"])
    report.write("setup.json", found)


def _look(task, learn, judged):
    asked = {
        "given": judged is not None,
        "cv_columns": task.get("cv_columns"),
        "validation_size": task.get("validation_size"),
        "folds": task.get("folds"),
    }
    how = validation.plan(len(learn), asked)
    told = (task.get("featurization") or {}).get("column_name_and_types") or {}
    frame = learn.frame.drop(columns=task.get("cv_columns") or [])
    plan = columns.purposes(frame, told)
    if all(purpose == "Ignore" for purpose in plan.values()):
        raise Problem("No column of the training data says anything about %s" % task["target"])
    found = {"columns": plan, "validation": how, "sparse": _is_wide(frame, plan)}
    if task["task"] == "classification":
        labels, counts = numpy.unique(learn.target, return_counts=True)
        if len(labels) > 500 or len(labels) == len(learn):
            raise Problem(
                "The target %s has %d classes: use task: regression for numbers" % (task["target"], len(labels))
            )
        found["classes"] = len(labels)
        found["guardrails"] = _guardrails(labels, counts, frame)
    else:
        found["guardrails"] = _guardrails([], [], frame)
    report.write("data_guardrails.json", found["guardrails"])
    return found


def _is_wide(frame, plan):
    words = [name for name, purpose in plan.items() if purpose == "Categorical"]
    return any(purpose == "Text" for purpose in plan.values()) or bool(frame[words].nunique().sum() > 200)


def _guardrails(labels, counts, frame):
    """What Azure ML tells about the data before it learns from it."""
    gaps = {str(name): int(count) for name, count in frame.isna().sum().items() if count}
    rare = [str(label) for label, count in zip(labels, counts) if count < max(20, 0.01 * counts.sum())]
    return {"missing_values": gaps, "rare_classes": rare, "duplicate_rows": int(_duplicates(frame))}


def _duplicates(frame):
    try:
        return frame.duplicated().sum()
    except TypeError:
        return pandas.Series(dtype=int).sum()
