"""Algorithms by the names Azure ML gives them, made with the library that has them."""

import importlib.util

import numpy
from sklearn import ensemble, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from .problem import Problem

SEED = 1729


class Numbered(BaseEstimator, ClassifierMixin):
    """A classifier that wants its classes to be 0, 1, …"""

    def __init__(self, model):
        self.model = model

    def fit(self, data, target, sample_weight=None):
        self.encoder_ = LabelEncoder().fit(target)
        self.classes_ = self.encoder_.classes_
        self.model.fit(data, self.encoder_.transform(target), sample_weight=sample_weight)
        return self

    def predict(self, data):
        return self.encoder_.inverse_transform(numpy.asarray(self.model.predict(data)).astype(int))

    def predict_proba(self, data):
        return self.model.predict_proba(data)


def _lightgbm(kind):
    def make(params, cores):
        from lightgbm import LGBMClassifier, LGBMRegressor

        model = LGBMClassifier if kind == "classification" else LGBMRegressor
        return model(n_jobs=cores, random_state=SEED, verbose=-1, **params)

    return make


def _xgboost(kind):
    def make(params, cores):
        from xgboost import XGBClassifier, XGBRegressor

        if kind == "classification":
            return Numbered(XGBClassifier(n_jobs=cores, random_state=SEED, **params))
        return XGBRegressor(n_jobs=cores, random_state=SEED, **params)

    return make


CLASSIFIERS = {
    "logisticregression": lambda p, n: linear_model.LogisticRegression(max_iter=400, random_state=SEED, **p),
    "sgd": lambda p, n: linear_model.SGDClassifier(loss="log_loss", random_state=SEED, n_jobs=n, **p),
    "multinomialnaivebayes": lambda p, n: naive_bayes.MultinomialNB(**p),
    "bernoullinaivebayes": lambda p, n: naive_bayes.BernoulliNB(**p),
    "svm": lambda p, n: CalibratedClassifierCV(svm.SVC(random_state=SEED, **p), ensemble=False, cv=3),
    "linearsvm": lambda p, n: CalibratedClassifierCV(svm.LinearSVC(random_state=SEED, **p), ensemble=False, cv=3),
    "knn": lambda p, n: neighbors.KNeighborsClassifier(n_jobs=n, **p),
    "decisiontree": lambda p, n: tree.DecisionTreeClassifier(random_state=SEED, **p),
    "randomforest": lambda p, n: ensemble.RandomForestClassifier(random_state=SEED, n_jobs=n, **p),
    "extremerandomtrees": lambda p, n: ensemble.ExtraTreesClassifier(random_state=SEED, n_jobs=n, **p),
    "lightgbm": _lightgbm("classification"),
    "gradientboosting": lambda p, n: ensemble.HistGradientBoostingClassifier(random_state=SEED, **p),
    "xgboostclassifier": _xgboost("classification"),
}

REGRESSORS = {
    "elasticnet": lambda p, n: linear_model.ElasticNet(random_state=SEED, **p),
    "gradientboosting": lambda p, n: ensemble.HistGradientBoostingRegressor(random_state=SEED, **p),
    "decisiontree": lambda p, n: tree.DecisionTreeRegressor(random_state=SEED, **p),
    "knn": lambda p, n: neighbors.KNeighborsRegressor(n_jobs=n, **p),
    "lassolars": lambda p, n: linear_model.LassoLars(random_state=SEED, **p),
    "sgd": lambda p, n: linear_model.SGDRegressor(random_state=SEED, **p),
    "randomforest": lambda p, n: ensemble.RandomForestRegressor(random_state=SEED, n_jobs=n, **p),
    "extremerandomtrees": lambda p, n: ensemble.ExtraTreesRegressor(random_state=SEED, n_jobs=n, **p),
    "lightgbm": _lightgbm("regression"),
    "xgboostregressor": _xgboost("regression"),
}

# what an algorithm needs beside scikit-learn
PACKAGES = {
    "lightgbm": "lightgbm",
    "xgboostclassifier": "xgboost",
    "xgboostregressor": "xgboost",
    "prophet": "prophet",
    "autoarima": "statsmodels",
    "arimax": "statsmodels",
    "exponentialsmoothing": "statsmodels",
}


def lacking(algorithms):
    """Algorithm → the package that is not installed."""
    wanted = {name: PACKAGES[name] for name in algorithms if name in PACKAGES}
    return {name: package for name, package in wanted.items() if importlib.util.find_spec(package) is None}


SCALERS = {
    "standard": lambda: StandardScaler(with_mean=False),
    "maxabs": MaxAbsScaler,
    "robust": lambda: RobustScaler(with_centering=False),
    # only where nothing may be below zero
    "minmax": MinMaxScaler,
    "none": lambda: "passthrough",
}


class Dense(BaseEstimator):
    """For models that take no sparse data."""

    def fit(self, data, target=None):
        self.fitted_ = True
        return self

    def transform(self, data):
        return data.toarray() if hasattr(data, "toarray") else numpy.asarray(data)


# everything else takes sparse data as it is
DENSE = {"gradientboosting", "lassolars", "multinomialnaivebayes"}


def estimator(kind, recipe, cores):
    """The steps after the columns have become numbers."""
    name = recipe["algorithm"]
    table = CLASSIFIERS if kind == "classification" else REGRESSORS
    if name not in table:
        raise Problem("There is no recipe for the algorithm %s" % name)
    scaler = SCALERS[recipe.get("scaler", "none")]()
    steps = [("dense", Dense())] if name in DENSE or recipe.get("scaler") == "minmax" else []
    return steps + [("scale", scaler), ("model", table[name](dict(recipe.get("params") or {}), cores))]


def pipeline(kind, recipe, columns, cores):
    return Pipeline(columns.steps + estimator(kind, recipe, cores))


def fit(model, data, target, weights=None):
    """Weights reach the last step alone, and only one that takes them."""
    if weights is None:
        return model.fit(data, target)
    try:
        return model.fit(data, target, model__sample_weight=weights)
    except TypeError:
        return model.fit(data, target)
