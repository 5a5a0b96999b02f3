"""What each column is for, and how columns become numbers."""

import numpy
import pandas
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from .problem import Problem

PURPOSES = {
    "numeric": "Numeric",
    "categorical": "Categorical",
    "categoricalhash": "Categorical",
    "datetime": "DateTime",
    "text": "Text",
    "ignore": "Ignore",
}
LOOKED_AT = 5000


def purposes(frame, told):
    """Column → Numeric, Categorical, DateTime, Text or Ignore; what the user says about a column goes before."""
    found = {}
    strangers = [name for name in told if name not in frame.columns]
    if strangers:
        raise Problem("column_name_and_types names %s, which is no column of the data" % ", ".join(strangers))
    for name in frame.columns:
        if name in told:
            word = str(told[name]).replace("_", "").replace(" ", "").lower()
            if word not in PURPOSES:
                raise Problem(
                    "%s is no type of a column; known are Numeric, Categorical, DateTime, Text, Ignore" % told[name]
                )
            found[name] = PURPOSES[word]
        else:
            found[name] = _purpose(frame[name])
    return found


def _purpose(column):
    if column.nunique(dropna=True) < 2:
        return "Ignore"
    if pandas.api.types.is_bool_dtype(column):
        return "Categorical"
    if pandas.api.types.is_numeric_dtype(column):
        return "Numeric"
    if pandas.api.types.is_datetime64_any_dtype(column):
        return "DateTime"
    known = column.dropna().astype(str).head(LOOKED_AT)
    if _are_dates(known):
        return "DateTime"
    distinct = known.nunique() / max(1, len(known))
    words = known.str.split().str.len().mean()
    if words >= 3 and distinct > 0.3:
        return "Text"
    # a name or number of every row says nothing about another
    return "Ignore" if distinct > 0.95 and len(known) > 50 else "Categorical"


def _are_dates(texts):
    if not texts.str.match(r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?$").mean() > 0.95:
        return False
    return bool(pandas.to_datetime(texts, errors="coerce").notna().mean() > 0.95)


class Cast(BaseEstimator, TransformerMixin):
    """Columns of a frame in the types that the steps behind it were fitted on."""

    def __init__(self, plan):
        self.plan = plan

    def fit(self, frame, target=None):
        self.fitted_ = True
        return self

    def transform(self, frame):
        frame = frame if isinstance(frame, pandas.DataFrame) else pandas.DataFrame(frame, columns=list(self.plan))
        made = {}
        for name, purpose in self.plan.items():
            column = frame[name]
            if purpose == "Numeric":
                made[name] = pandas.to_numeric(column, errors="coerce").astype("float64")
            elif purpose == "DateTime":
                made[name] = pandas.to_datetime(column, errors="coerce")
            elif purpose == "Text":
                made[name] = column.where(column.notna(), "").astype(str)
            else:
                made[name] = column.map(_label)
        return pandas.DataFrame(made, index=frame.index)


def _label(value):
    """1 and 1.0 are the same category, whichever way a file was read."""
    if value is None or value != value:
        return numpy.nan
    if isinstance(value, (float, numpy.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


class Dates(BaseEstimator, TransformerMixin):
    """What a moment says: its parts, and how long ago."""

    PARTS = ("year", "month", "day", "dayofweek", "dayofyear", "quarter", "hour")

    def fit(self, frame, target=None):
        self.fitted_ = True
        return self

    def transform(self, frame):
        made = []
        for name in frame.columns:
            moment = frame[name]
            for part in self.PARTS:
                made.append(getattr(moment.dt, part).astype("float64").fillna(-1).to_numpy())
            made.append((moment - pandas.Timestamp(2000, 1, 1)).dt.total_seconds().fillna(0).to_numpy() / 86400)
        return numpy.column_stack(made)


class FillForward(BaseEstimator, TransformerMixin):
    """The value before; the mean where there is none."""

    def fit(self, frame, target=None):
        self.means_ = pandas.DataFrame(frame).mean(numeric_only=True)
        return self

    def transform(self, frame):
        return pandas.DataFrame(frame).ffill().fillna(self.means_).to_numpy()


def encoder(plan, settings):
    """A step that turns the columns of the plan into numbers. `settings`: the featurization of the job."""
    blocked = {_plain(name) for name in settings.get("blocked_transformers") or []}
    params = {_plain(name): rules for name, rules in (settings.get("transformer_params") or {}).items()}
    off = settings.get("mode") == "off"
    groups = {}
    for name, purpose in plan.items():
        rule = _imputer_of(name, params.get("imputer") or [])
        groups.setdefault((purpose, rule), []).append(name)
    parts = []
    for number, ((purpose, rule), names) in enumerate(sorted(groups.items())):
        if purpose == "Text":
            parts += [
                ("text%d_%s" % (number, name), _text(blocked, params), name)
                for name in names
                if _text(blocked, params)
            ]
        elif purpose == "DateTime":
            parts.append(("dates%d" % number, Dates(), names))
        elif purpose == "Numeric":
            parts.append(("numbers%d" % number, _imputer(rule, "mean", off), names))
        else:
            steps = [("fill", _imputer(rule, "most_frequent", True)), ("encode", _categories(blocked, off))]
            parts.append(("words%d" % number, Pipeline(steps), names))
    if not parts:
        raise Problem("No column is left that a model could learn from")
    return Pipeline([("cast", Cast(plan)), ("encode", ColumnTransformer(parts, sparse_threshold=0.3))])


def _plain(name):
    return str(name).replace("_", "").lower()


def _imputer_of(name, rules):
    for rule in rules:
        if name in (rule.get("fields") or []):
            given = rule.get("parameters") or {}
            return (str(given.get("strategy", "mean")), str(given.get("fill_value", "")))
    return ("", "")


def _imputer(rule, usual, off):
    strategy, fill = rule
    if strategy == "ffill":
        return FillForward()
    if strategy == "constant":
        value = pandas.to_numeric(fill, errors="coerce") if usual == "mean" else fill
        return SimpleImputer(strategy="constant", fill_value=value)
    if strategy not in ("", "mean", "median", "most_frequent"):
        raise Problem(
            "%s is no strategy of an imputer; known are mean, median, most_frequent, constant, ffill" % strategy
        )
    if usual != "mean" and strategy in ("mean", "median"):
        raise Problem("The %s of a column of words is not defined; use most_frequent or constant" % strategy)
    return SimpleImputer(strategy=strategy or usual, add_indicator=not off)


def _categories(blocked, off):
    if off or ("onehotencoder" in blocked and "hashonehotencoder" in blocked):
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=100)


def _text(blocked, params):
    given = {}
    for rule in params.get("tfidf") or []:
        given.update(rule.get("parameters") or {})
    known = {
        name: given[name] for name in ("max_features", "min_df", "max_df", "lowercase", "analyzer") if name in given
    }
    known.setdefault("max_features", 2000)
    if "ngram_range" in given:
        known["ngram_range"] = tuple(given["ngram_range"])
    if "tfidf" not in blocked:
        return TfidfVectorizer(**known)
    return None if "countvectorizer" in blocked else CountVectorizer(**known)
