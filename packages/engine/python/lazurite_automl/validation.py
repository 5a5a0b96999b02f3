"""Which rows a model learns from, and which it is judged by."""

import numpy
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from .problem import Problem
from .recipes import SEED

MANY_ROWS = 20000
FEW_ROWS = 1000


def plan(rows, asked):
    """What to do; Azure ML's rules where the user does not say. `asked`: folds, validation_size, cv_columns, given."""
    if asked.get("given"):
        return {"kind": "given"}
    if asked.get("cv_columns"):
        return {"kind": "columns", "columns": asked["cv_columns"]}
    size = asked.get("validation_size")
    folds = asked.get("folds")
    if isinstance(folds, int):
        if folds < 2:
            raise Problem("n_cross_validations must be 2 or more, not %d" % folds)
        if folds > rows:
            raise Problem("n_cross_validations is %d, and the data has %d rows" % (folds, rows))
        # with a size as well, each fold is a split of its own
        return {"kind": "folds", "folds": folds, **({"size": size} if size else {})}
    if size:
        if not 0 < size < 1:
            raise Problem("validation_data_size must be between 0 and 1, not %s" % size)
        return {"kind": "holdout", "size": size}
    if folds != "auto" and rows > MANY_ROWS:
        return {"kind": "holdout", "size": 0.1}
    return {"kind": "folds", "folds": min(rows, 10 if rows < FEW_ROWS else 3)}


def splits(how, frame, target, stratify):
    """Pairs of row numbers: to learn from, to be judged by."""
    rows = numpy.arange(len(target))
    if how["kind"] == "columns":
        return [_by_column(frame[name], rows, name) for name in how["columns"]]
    even = stratify and numpy.unique(target, return_counts=True)[1].min() >= 2
    if how["kind"] == "holdout":
        return [_split(rows, target, how["size"], even, SEED)]
    if "size" in how:
        return [_split(rows, target, how["size"], even, SEED + number) for number in range(how["folds"])]
    even = stratify and numpy.unique(target, return_counts=True)[1].min() >= how["folds"]
    folds = (StratifiedKFold if even else KFold)(how["folds"], shuffle=True, random_state=SEED)
    return list(folds.split(rows, target))


def _split(rows, target, size, even, seed):
    return tuple(train_test_split(rows, test_size=size, random_state=seed, stratify=target if even else None))


def _by_column(column, rows, name):
    """1 for rows to learn from, 0 for rows to be judged by."""
    learn = column.to_numpy() == 1
    if learn.all() or not learn.any():
        raise Problem("The column %s of cv_split_column_names must hold both 1 and 0" % name)
    return rows[learn], rows[~learn]
