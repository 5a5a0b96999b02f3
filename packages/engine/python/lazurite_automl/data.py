"""The data of a job: rows with a target, columns to learn from, and what they are weighted with."""

import numpy
import pandas
from sklearn.model_selection import train_test_split

from . import table
from .problem import Problem
from .recipes import SEED


class Rows:
    """Some rows: a frame of what is known, the target, a weight for each (or None)."""

    def __init__(self, frame, target, weights):
        self.frame = frame
        self.target = target
        self.weights = weights

    def take(self, numbers):
        weights = None if self.weights is None else self.weights[numbers]
        return Rows(self.frame.iloc[numbers], self.target[numbers], weights)

    def __len__(self):
        return len(self.target)


def rows_of(source, task, what):
    """Reads one table. Rows without a target are left out."""
    frame = table.read(source)
    frame.columns = [str(name) for name in frame.columns]
    name = task["target"]
    _need(frame, [name], what, "target_column_name")
    weight = task.get("weight")
    frame = frame[frame[name].notna()].reset_index(drop=True)
    if len(frame) == 0:
        raise Problem("No row of the %s has a value of %s" % (what, name))
    target = frame[name]
    if task["task"] == "classification":
        target = _classes(target)
    else:
        target = pandas.to_numeric(target, errors="coerce")
        if target.isna().any():
            raise Problem("The target %s of the %s is no number in %d rows" % (name, what, int(target.isna().sum())))
        target = target.astype("float64")
    weights = None
    if weight:
        _need(frame, [weight], what, "weight_column_name")
        weights = pandas.to_numeric(frame[weight], errors="coerce").fillna(0).to_numpy(dtype=float)
        if (weights < 0).any() or weights.sum() == 0:
            raise Problem("The weights in %s must not be below zero, nor all zero" % weight)
    return Rows(frame.drop(columns=[c for c in (name, weight) if c]), target.to_numpy(), weights)


def _classes(target):
    """Whole numbers stay numbers, whichever way a table keeps them; everything else is text."""
    if pandas.api.types.is_bool_dtype(target):
        return target.astype(bool)
    if pandas.api.types.is_numeric_dtype(target):
        return target.astype("int64") if (target == target.round()).all() else target.astype("float64")
    return target.astype(str)


def _need(frame, names, what, setting):
    absent = [name for name in names if name not in frame.columns]
    if absent:
        known = ", ".join(list(frame.columns)[:20])
        raise Problem(
            "%s names %s, which is no column of the %s; it has %s" % (setting, ", ".join(absent), what, known)
        )


def load(task):
    """What to learn from, and what was given to be judged by (or None). Rows for the test at the end are split off."""
    learn = rows_of(task["data"]["training"], task, "training data")
    _need(learn.frame, task.get("cv_columns") or [], "training data", "cv_split_column_names")
    given = task["data"].get("validation")
    judged = rows_of(given, task, "validation data") if given else None
    learn, _ = _apart(learn, task)
    if task["task"] == "classification" and len(numpy.unique(learn.target)) < 2:
        raise Problem("The target %s has only one class: there is nothing to tell apart" % task["target"])
    if judged is not None:
        lacks = [name for name in learn.frame.columns if name not in judged.frame.columns]
        if lacks:
            raise Problem("The validation data lacks the columns %s of the training data" % ", ".join(lacks[:20]))
        if task["task"] == "classification":
            judged = _of_classes(judged, learn)
    return learn, judged


def _of_classes(judged, learn):
    known = numpy.isin(judged.target, numpy.unique(learn.target))
    if not known.any():
        raise Problem("No row of the validation data is of a class that the training data has")
    return judged.take(numpy.flatnonzero(known))


def load_test(task):
    given = task["data"].get("test")
    if given:
        return rows_of(given, task, "test data")
    return _apart(rows_of(task["data"]["training"], task, "training data"), task)[1]


def _apart(rows, task):
    """The rows to learn from and those for the test, where a part of the training data is to be that."""
    size = task.get("test_size")
    if not size or task["data"].get("test"):
        return rows, None
    if task["task"] == "forecasting":
        raise Problem("A forecast is tested with test_data; test_data_size would take rows out of the middle")
    numbers = numpy.arange(len(rows))
    learn, test = train_test_split(numbers, test_size=size, random_state=SEED)
    return rows.take(numpy.sort(learn)), rows.take(numpy.sort(test))


def span(learn, judged):
    """The least and the largest target of all."""
    both = learn.target if judged is None else numpy.concatenate([learn.target, judged.target])
    return float(both.min()), float(both.max())
