"""Models that were tried joined into one: voting by weights that suit the rows nobody had seen, or a model on top."""

import os
import time

import numpy
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import ElasticNetCV, LogisticRegressionCV
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline

from . import data, model, recipes, scores
from .problem import Problem

ROUNDS = 25


class VotingClassifier(BaseEstimator, ClassifierMixin):
    """The weighted mean of what fitted classifiers say."""

    def __init__(self, models, weights, classes):
        self.models = models
        self.weights = weights
        self.classes = classes
        self.classes_ = classes

    def fit(self, frame, target=None):
        return self

    def predict_proba(self, frame):
        made = numpy.zeros((len(frame), len(self.classes)))
        for one, weight in zip(self.models, self.weights):
            made[:, numpy.searchsorted(self.classes, one.classes_)] += weight * one.predict_proba(frame)
        return made

    def predict(self, frame):
        return self.classes[self.predict_proba(frame).argmax(axis=1)]


class VotingRegressor(BaseEstimator, RegressorMixin):
    """The weighted mean of what fitted regressors say."""

    def __init__(self, models, weights):
        self.models = models
        self.weights = weights

    def fit(self, frame, target=None):
        return self

    def predict(self, frame):
        return sum(weight * numpy.asarray(one.predict(frame)) for one, weight in zip(self.models, self.weights))


class StackClassifier(BaseEstimator, ClassifierMixin):
    """A model over what fitted classifiers say."""

    def __init__(self, models, top, classes):
        self.models = models
        self.top = top
        self.classes = classes
        self.classes_ = classes

    def fit(self, frame, target=None):
        return self

    def _below(self, frame):
        made = []
        for one in self.models:
            part = numpy.zeros((len(frame), len(self.classes)))
            part[:, numpy.searchsorted(self.classes, one.classes_)] = one.predict_proba(frame)
            made.append(part)
        return numpy.hstack(made)

    def predict_proba(self, frame):
        made = numpy.zeros((len(frame), len(self.classes)))
        made[:, numpy.searchsorted(self.classes, self.top.classes_)] = self.top.predict_proba(self._below(frame))
        return made

    def predict(self, frame):
        return self.classes[self.predict_proba(frame).argmax(axis=1)]


class StackRegressor(BaseEstimator, RegressorMixin):
    """A model over what fitted regressors say."""

    def __init__(self, models, top):
        self.models = models
        self.top = top

    def fit(self, frame, target=None):
        return self

    def predict(self, frame):
        return self.top.predict(numpy.column_stack([one.predict(frame) for one in self.models]))


def run(task):
    started = time.time()
    members = [_member(member) for member in task["members"]]
    learn, judged = data.load(task)
    classes = numpy.unique(learn.target) if task["task"] == "classification" else None
    judge = _judge(task, members[0]["kept"], classes, data.span(learn, judged) if classes is None else None)
    said = [m["kept"]["guess" if classes is None else "chances"] for m in members]
    made = (
        _vote(task, members, said, judge, classes)
        if task["ensemble"] == "voting"
        else _stack(task, members, said, judge, classes)
    )
    final, results, used = made
    for member in used:
        print("of %s (%s)" % (member["run"], member["algorithm"]))
    from . import trial

    task["uses"] = [member["algorithm"] for member in used]
    task["recipe"] = {"algorithm": task["ensemble"]}
    task["params"] = {
        "ensembled_algorithms": ", ".join(task["uses"]),
        "ensembled_runs": ", ".join(m["run"] for m in used),
    }
    trial.finish(task, final, learn, results, classes, {"duration": round(time.time() - started, 3)})


def _member(member):
    path = os.path.join(member["folder"], "outputs", "validation_predictions.npz")
    if not os.path.exists(path):
        raise Problem("The trial %s left no predictions to join" % member["run"])
    kept = dict(numpy.load(path, allow_pickle=True))
    return {**member, "kept": kept}


def _judge(task, kept, classes, bounds):
    """Scores of predictions for the rows nobody had seen, fold by fold."""
    ends = numpy.cumsum(kept["sizes"])
    weights = kept.get("weights")

    def judge(values):
        results = []
        for start, end in zip(numpy.concatenate([[0], ends[:-1]]), ends):
            part = slice(int(start), int(end))
            w = None if weights is None else weights[part]
            truth = kept["truth"][part]
            if classes is None:
                made = scores.regression(truth, values[part], bounds[0], bounds[1], w)
                results.append({"scores": made, "truth": truth, "guess": values[part], "weights": w})
                continue
            guess = classes[values[part].argmax(axis=1)]
            made = scores.classification(truth, guess, values[part], classes, w)
            results.append({"scores": made, "truth": truth, "guess": guess, "chances": values[part], "weights": w})
        return results

    return judge


def _score(task, results):
    value = scores.mean([result["scores"] for result in results]).get(task["metric"])
    if value is None:
        return -numpy.inf
    return value if task["goal"] == "maximize" else -value


def _vote(task, members, said, judge, classes):
    """Caruana's selection: again and again the member that helps most, with repetition."""
    counts, total, best = numpy.zeros(len(members)), None, (-numpy.inf, None)
    for number in range(ROUNDS):
        tried = [one if total is None else (total * number + one) / (number + 1) for one in said]
        values = [_score(task, judge(one)) for one in tried]
        chosen = int(numpy.argmax(values))
        counts[chosen] += 1
        total = tried[chosen]
        if values[chosen] > best[0]:
            best = (values[chosen], counts.copy())
    counts = counts if best[1] is None else best[1]
    used = [number for number in range(len(members)) if counts[number] > 0]
    weights = [float(counts[number] / counts.sum()) for number in used]
    mixed = sum(weight * said[number] for number, weight in zip(used, weights))
    models = [model.load(members[number]["folder"]) for number in used]
    final = VotingRegressor(models, weights) if classes is None else VotingClassifier(models, weights, classes)
    return final, judge(mixed), [members[number] for number in used]


def _top(kind, task):
    name = str((task.get("stack") or {}).get("stack_meta_learner_type") or "").replace("_", "").lower()
    given = (task.get("stack") or {}).get("stack_meta_learner_kwargs") or {}
    from sklearn import linear_model

    known = {
        "logisticregression": lambda: linear_model.LogisticRegression(max_iter=1000, **given),
        "logisticregressioncv": lambda: LogisticRegressionCV(max_iter=1000, **given),
        "lightgbmclassifier": lambda: recipes.CLASSIFIERS["lightgbm"](given, task["cores"]),
        "elasticnet": lambda: linear_model.ElasticNet(**given),
        "elasticnetcv": lambda: ElasticNetCV(**given),
        "lightgbmregressor": lambda: recipes.REGRESSORS["lightgbm"](given, task["cores"]),
        "linearregression": lambda: linear_model.LinearRegression(**given),
    }
    if name in ("", "none"):
        name = "logisticregression" if kind == "classification" else "elasticnetcv"
    if name not in known:
        raise Problem("%s is no stack_meta_learner_type; known are %s" % (name, ", ".join(known)))
    return make_pipeline(StandardScaler(), known[name]())


def _stack(task, members, said, judge, classes):
    """Judged on folds of the rows nobody had seen: what the model on top learnt from them would flatter it."""
    from sklearn.model_selection import KFold

    below = numpy.hstack(said) if classes is not None else numpy.column_stack(said)
    truth = members[0]["kept"]["truth"]
    values = numpy.zeros_like(said[0])
    for some, rest in KFold(5, shuffle=True, random_state=recipes.SEED).split(below):
        top = _top(task["task"], task).fit(below[some], truth[some])
        if classes is None:
            values[rest] = top.predict(below[rest])
        else:
            values[numpy.ix_(rest, numpy.searchsorted(classes, top.classes_))] = top.predict_proba(below[rest])
    models = [model.load(member["folder"]) for member in members]
    top = _top(task["task"], task).fit(below, truth)
    final = StackRegressor(models, top) if classes is None else StackClassifier(models, top, classes)
    return final, judge(values), members
