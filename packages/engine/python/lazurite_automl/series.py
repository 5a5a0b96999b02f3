"""Forecasting: what the series are, and one recipe judged on futures it has not seen."""

import time

import numpy
import pandas

from . import columns, data, forecast, scores, trial
from .problem import Problem

SEASONS = {"H": 24, "D": 7, "B": 5, "W": 52, "M": 12, "Q": 4, "T": 60, "MIN": 60, "S": 60}
USUAL_FOLDS = 3


def look(task, learn, judged):
    """Frequency, season, horizon, lags, and the columns that help."""
    told = task["forecasting"]
    name = told.get("time_column_name")
    if not name:
        raise Problem("A forecast needs forecasting.time_column_name")
    ids = told.get("time_series_id_column_names") or []
    for wanted, setting in ((([name]), "time_column_name"), (ids, "time_series_id_column_names")):
        absent = [one for one in wanted if one not in learn.frame.columns]
        if absent:
            raise Problem(
                "forecasting.%s names %s, which is no column of the training data" % (setting, ", ".join(absent))
            )
    shape = {"time": name, "ids": list(ids)}
    key, when = forecast.keyed(learn.frame, shape)
    if when.isna().all():
        raise Problem("No value of the column %s is a date" % name)
    shape["frequency"] = _frequency(told, key, when)
    shape["season"] = _season(told, shape["frequency"])
    horizon = told.get("forecast_horizon")
    shape["horizon"] = (
        horizon if isinstance(horizon, int) else max(1, min(shape["season"], 24) if horizon == "auto" else 1)
    )
    shape["lags"] = _lags(told, shape)
    window = told.get("target_rolling_window_size")
    shape["window"] = window if isinstance(window, int) else (shape["season"] if window == "auto" else 0)
    aggregate = str(told.get("target_aggregate_function") or "none").lower()
    shape["aggregate"] = None if aggregate == "none" else aggregate
    shape["holidays"] = _holidays(told.get("country_or_region_for_holidays"), when)
    unknown = told.get("features_unknown_at_forecast_time") or []
    unknown = [unknown] if isinstance(unknown, str) else unknown
    rest = learn.frame.drop(columns=[one for one in [name] + list(unknown) if one in learn.frame.columns])
    told_types = (task.get("featurization") or {}).get("column_name_and_types") or {}
    plan = columns.purposes(rest, {k: v for k, v in told_types.items() if k in rest.columns})
    # what tells series apart is a category, whatever it looks like
    plan.update({one: "Categorical" for one in ids if learn.frame[one].nunique() > 1})
    shape["columns"] = {one: purpose for one, purpose in plan.items() if purpose in ("Numeric", "Categorical")}
    lengths = key.value_counts()
    shape["series"] = int(len(lengths))
    kind = _validation(task, shape, judged, lengths)
    return {"columns": plan, "validation": kind, "shape": shape, "sparse": False, "guardrails": {}}


def _frequency(told, key, when):
    given = told.get("frequency")
    if given:
        # what was a capital letter once is a small one in newer versions
        for word in (given, given.lower(), given + "E"):
            try:
                return pandas.tseries.frequencies.to_offset(word).freqstr
            except ValueError:
                continue
        raise Problem("%s (forecasting.frequency) is no frequency that pandas knows" % given)
    longest = when[key == key.value_counts().index[0]].dropna().drop_duplicates().sort_values()
    found = pandas.infer_freq(longest) if len(longest) > 2 else None
    if found is None and len(longest) > 1:
        # a few gaps hide it: the step that is most common
        step = longest.diff().mode().iloc[0]
        found = pandas.tseries.frequencies.to_offset(step).freqstr
    return found


def _season(told, frequency):
    given = told.get("seasonality")
    if isinstance(given, int):
        return max(1, given)
    if not frequency:
        return 1
    letters = frequency.split("-")[0].lstrip("0123456789").upper().rstrip("SE") or frequency.upper()
    return SEASONS.get(letters, SEASONS.get(letters[:1], 1))


def _lags(told, shape):
    given = told.get("target_lags")
    if given == "auto":
        season = shape["season"]
        return sorted({1, 2, season} | ({season + 1} if season > 1 else set()))
    if isinstance(given, int):
        return list(range(1, given + 1))
    return [int(lag) for lag in given or []]


def _holidays(country, when):
    if not country:
        return []
    try:
        import holidays
    except ImportError:
        print("holidays of %s are left out: the environment has no holidays" % country)
        return []
    years = range(int(when.dt.year.min()), int(when.dt.year.max()) + 3)
    return [str(day) for day in sorted(holidays.country_holidays(country, years=years))]


def _validation(task, shape, judged, lengths):
    if judged is not None:
        return {"kind": "given"}
    folds = task.get("folds")
    folds = folds if isinstance(folds, int) else USUAL_FOLDS
    step = task["forecasting"].get("cv_step_size")
    step = step if isinstance(step, int) and step > 0 else shape["horizon"]
    # every fold leaves something to learn from in the longest series
    most = int((lengths.max() - shape["horizon"] - 2) // step) + 1
    if most < 1:
        raise Problem(
            "The longest series has %d rows: too few for a horizon of %d and something to learn from"
            % (lengths.max(), shape["horizon"])
        )
    return {"kind": "rolling", "folds": min(folds, most), "step": step}


def _folds(setup, learn):
    """Rows before an origin and the horizon behind it, the origin moving back."""
    shape, how = setup["shape"], setup["validation"]
    key, when = forecast.keyed(learn.frame, shape)
    rows = pandas.DataFrame({"key": key.to_numpy(), "when": when.to_numpy()})
    place = rows.sort_values("when").groupby("key").cumcount(ascending=False).reindex(rows.index).to_numpy()
    for fold in reversed(range(how["folds"])):
        end = fold * how["step"]
        rest = numpy.flatnonzero((place >= end) & (place < end + shape["horizon"]))
        some = numpy.flatnonzero(place >= end + shape["horizon"])
        some = some[numpy.argsort(rows["when"].to_numpy()[some], kind="stable")]
        known = set(rows["key"].iloc[some])
        rest = rest[[name in known for name in rows["key"].iloc[rest]]]
        if len(some) > 1 and len(rest) > 0:
            yield learn.take(some), learn.take(rest)


def run_parts(task, setup, learn, judged):
    return [(learn, judged)] if setup["validation"]["kind"] == "given" else list(_folds(setup, learn))


def trial_model(task, setup):
    return forecast.Forecaster(setup["shape"], task["recipe"], task["cores"], task.get("featurization"))


def run_trial(task):
    started = time.time()
    learn, judged = data.load(task)
    setup = task["setup"]
    bounds = data.span(learn, judged)
    results = []
    parts = run_parts(task, setup, learn, judged)
    if not parts:
        raise Problem("No series is long enough for a horizon of %d" % setup["shape"]["horizon"])
    for number, (some, rest) in enumerate(parts):
        fitted = trial_model(task, setup).fit(some.frame, some.target)
        guess = fitted.predict(rest.frame)
        made = scores.regression(rest.target, guess, bounds[0], bounds[1])
        results.append({"scores": made, "truth": rest.target, "guess": guess, "weights": None})
        print(
            "fold %d of %d: %s %.5f" % (number + 1, len(parts), task["metric"], made.get(task["metric"], numpy.nan))
        )
    whole = _together(learn, judged)
    final = trial_model(task, setup).fit(whole.frame, whole.target)
    ahead = whole if judged is None else judged
    sample = data.Rows(ahead.frame.tail(setup["shape"]["horizon"]), ahead.target[-setup["shape"]["horizon"] :], None)
    trial.finish(task, final, sample, results, None, {"duration": round(time.time() - started, 3)})


def _together(learn, judged):
    """A forecast goes on from the last moment that is known."""
    if judged is None:
        return learn
    frame = pandas.concat([learn.frame, judged.frame], ignore_index=True)
    return data.Rows(frame, numpy.concatenate([learn.target, judged.target]), None)
