"""Models of series: the classical ones, series by series, and regressors over what is known of the past."""

import numpy
import pandas
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import Pipeline

from . import columns, recipes

CLASSICAL = {
    "naive",
    "seasonalnaive",
    "average",
    "seasonalaverage",
    "exponentialsmoothing",
    "autoarima",
    "arimax",
    "prophet",
}
ORDERS = ((0, 1, 1), (1, 0, 0), (1, 1, 1), (2, 1, 2), (0, 1, 2), (2, 0, 1))


def keyed(frame, shape):
    """The name of the series that each row is of, and its moment."""
    ids = shape["ids"]
    if ids:
        key = frame[ids].astype(str).agg("\u241f".join, axis=1)
    else:
        key = pandas.Series("", index=frame.index)
    return key, pandas.to_datetime(frame[shape["time"]], errors="coerce")


class Forecaster(BaseEstimator, RegressorMixin):
    """Learns from the past of some series; `predict` takes rows of their future, features and all."""

    def __init__(self, shape, recipe, cores, featurization=None):
        self.shape = shape
        self.recipe = recipe
        self.cores = cores
        self.featurization = featurization

    def fit(self, frame, target, sample_weight=None):
        key, when = keyed(frame, self.shape)
        past = pandas.DataFrame(
            {"key": key.to_numpy(), "when": when.to_numpy(), "y": numpy.asarray(target, dtype=float)}
        )
        past = past[past["when"].notna()]
        # several rows of one moment are one value
        past = past.groupby(["key", "when"], sort=True)["y"].agg(self.shape.get("aggregate") or "mean").reset_index()
        self.past_ = {name: part.set_index("when")["y"] for name, part in past.groupby("key")}
        self.mean_ = float(past["y"].mean())
        if self.recipe["algorithm"] in CLASSICAL:
            self.series_ = {name: self._classical(values) for name, values in self.past_.items()}
        else:
            self._fit_regressor(frame, key, when, target)
        return self

    def predict(self, frame):
        key, when = keyed(frame, self.shape)
        made = pandas.Series(numpy.nan, index=range(len(frame)))
        rows = pandas.DataFrame({"key": key.to_numpy(), "when": when.to_numpy()})
        if self.recipe["algorithm"] not in CLASSICAL:
            return self._predict_regressor(frame, rows)
        for name, part in rows.groupby("key"):
            made.loc[part.index] = self._of_series(name, part["when"])
        return made.fillna(self.mean_).to_numpy()

    # classical models

    def _classical(self, values):
        season, algorithm = self.shape["season"], self.recipe["algorithm"]
        grid = values.asfreq(self.shape["frequency"]) if self.shape["frequency"] else values
        grid = grid.interpolate().ffill().bfill() if len(grid) else values
        if algorithm == "exponentialsmoothing":
            return _smoothing(grid, season)
        if algorithm in ("autoarima", "arimax"):
            return _arima(grid, season)
        if algorithm == "prophet":
            return _prophet(values)
        return grid

    def _of_series(self, name, when):
        """What a series will be at some moments."""
        if name not in self.series_:
            return self.mean_
        last = self.past_[name].index[-1]
        known = self.series_[name]
        algorithm, season = self.recipe["algorithm"], max(1, self.shape["season"])
        if algorithm == "prophet":
            return known.predict(pandas.DataFrame({"ds": when.to_numpy()}))["yhat"].to_numpy()
        steps = self._steps(last, when)
        if algorithm in ("exponentialsmoothing", "autoarima", "arimax"):
            ahead = numpy.asarray(known.forecast(int(max(1, steps.max()))), dtype=float)
            return ahead[numpy.clip(steps, 1, len(ahead)) - 1]
        values = known.to_numpy()
        if algorithm == "naive":
            return values[-1]
        if algorithm == "average":
            return values.mean()
        cycle = values[-season:] if len(values) >= season else values
        if algorithm == "seasonalaverage":
            start = len(values) % season
            cycle = numpy.array(
                [
                    values[(start + n) % season :: season].mean() if len(values) >= season else values.mean()
                    for n in range(season)
                ]
            )
        return cycle[(numpy.maximum(steps, 1) - 1) % len(cycle)]

    def _steps(self, last, when):
        """How many periods behind the last known moment each one is."""
        moments = pandas.DatetimeIndex(when)
        if not self.shape["frequency"]:
            return numpy.arange(1, len(moments) + 1)
        grid = pandas.date_range(last, max(moments.max(), last), freq=self.shape["frequency"])
        first = 1 if len(grid) == 0 or grid[0] > last else 0
        return numpy.searchsorted(grid, moments, side="right") - 1 + first

    # regressors

    def _fit_regressor(self, frame, key, when, target):
        table = self._table(frame, key.to_numpy(), when)
        lags = self._lag_frame(key.to_numpy(), when.to_numpy(), self.past_)
        table = pandas.concat([table, lags], axis=1)
        plan = dict(self.shape["columns"])
        plan.update({name: "Numeric" for name in table.columns if name not in plan})
        self.plan_ = {name: purpose for name, purpose in plan.items() if name in table.columns}
        steps = columns.encoder(self.plan_, self.featurization or {}).steps
        self.model_ = Pipeline(steps + recipes.estimator("regression", self.recipe, self.cores))
        full = lags.notna().any(axis=1) if lags.shape[1] else pandas.Series(True, index=range(len(table)))
        some = full.to_numpy() if full.sum() >= min(20, len(table)) else numpy.ones(len(table), dtype=bool)
        self.model_.fit(table[some], numpy.asarray(target, dtype=float)[some])

    def _table(self, frame, key, when):
        """Features of the rows themselves: the series, the calendar, the columns."""
        given = [name for name in self.shape["columns"] if name in frame.columns]
        table = frame[given].reset_index(drop=True).copy()
        moment = pandas.Series(pandas.DatetimeIndex(when)).reset_index(drop=True)
        for part in ("year", "month", "day", "dayofweek", "dayofyear", "quarter", "hour"):
            table["_" + part] = getattr(moment.dt, part).astype("float64").to_numpy()
        table["_days"] = ((moment - pandas.Timestamp(2000, 1, 1)).dt.total_seconds() / 86400).to_numpy()
        if self.shape.get("holidays"):
            days = {pandas.Timestamp(day) for day in self.shape["holidays"]}
            table["_holiday"] = moment.dt.normalize().isin(days).astype("float64").to_numpy()
        return table

    def _lag_frame(self, key, when, past):
        """What the target was some periods before, and over a window before that."""
        lags, window = self.shape["lags"], self.shape.get("window") or 0
        made = {"_lag%d" % lag: numpy.full(len(key), numpy.nan) for lag in lags}
        if window:
            for name in ("mean", "min", "max"):
                made["_window_" + name] = numpy.full(len(key), numpy.nan)
        moments = pandas.DatetimeIndex(when)
        offset = pandas.tseries.frequencies.to_offset(self.shape["frequency"]) if self.shape["frequency"] else None
        frame = pandas.DataFrame({"key": key, "row": numpy.arange(len(key))})
        for name, part in frame.groupby("key"):
            values = past.get(name)
            if values is None:
                continue
            numbers = part["row"].to_numpy()
            at = moments[numbers]
            if offset is None:
                place = values.index.searchsorted(at, side="left")
                look = lambda back: _take(values.to_numpy(), place - back)  # noqa: E731
            else:
                look = lambda back: values.reindex(_back(at, offset, back)).to_numpy()  # noqa: E731
            for lag in lags:
                made["_lag%d" % lag][numbers] = look(lag)
            if window:
                seen = numpy.column_stack([look(back) for back in range(1, window + 1)])
                empty = numpy.isnan(seen).all(axis=1)
                seen = numpy.where(empty[:, None], self.mean_, seen)
                for what, do in (("mean", numpy.nanmean), ("min", numpy.nanmin), ("max", numpy.nanmax)):
                    made["_window_" + what][numbers] = do(seen, axis=1)
        return pandas.DataFrame(made, index=range(len(key)))

    def _predict_regressor(self, frame, rows):
        """Moment after moment: what was predicted is the past of what comes next."""
        table = self._table(frame, rows["key"].to_numpy(), rows["when"])
        looks_back = bool(self.shape["lags"] or self.shape.get("window"))
        if not looks_back:
            return numpy.asarray(self.model_.predict(table), dtype=float)
        past = {name: values.copy() for name, values in self.past_.items()}
        made = numpy.full(len(rows), numpy.nan)
        near = min(self.shape["lags"] + ([1] if self.shape.get("window") else []))
        moments = numpy.sort(rows["when"].dropna().unique())
        # as many moments at once as none of them is the past of another
        for start in range(0, len(moments), near):
            numbers = numpy.flatnonzero(rows["when"].isin(moments[start : start + near]).to_numpy())
            part = rows.iloc[numbers]
            lags = self._lag_frame(part["key"].to_numpy(), part["when"].to_numpy(), past)
            whole = pandas.concat([table.iloc[numbers].reset_index(drop=True), lags], axis=1)
            made[numbers] = self.model_.predict(whole)
            for name, new in part.assign(y=made[numbers]).groupby("key"):
                fresh = new.groupby("when")["y"].mean()
                before = past.get(name)
                if before is None:
                    past[name] = fresh
                    continue
                # what is known stays what it was
                past[name] = before.combine_first(fresh)
        return numpy.where(numpy.isnan(made), self.mean_, made)


def _take(values, places):
    out = numpy.full(len(places), numpy.nan)
    good = (places >= 0) & (places < len(values))
    out[good] = values[places[good]]
    return out


def _back(moments, offset, steps):
    return pandas.DatetimeIndex([moment - steps * offset for moment in moments])


def _smoothing(values, season):
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    if len(values) < 4:
        return _Flat(values)
    seasonal = season > 1 and len(values) >= 2 * season + 2
    model = ExponentialSmoothing(
        values.to_numpy(),
        trend="add" if len(values) > 10 else None,
        damped_trend=len(values) > 10,
        seasonal="add" if seasonal else None,
        seasonal_periods=season if seasonal else None,
        initialization_method="estimated",
    )
    return model.fit()


def _arima(values, season):
    """The best of a few orders by AIC."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    if len(values) < 12:
        return _Flat(values)
    recent = values.to_numpy()[-1000:]
    # long seasons cost more than they bring
    seasonal = (1, 0, 0, season) if 1 < season <= 24 and len(recent) >= 3 * season else (0, 0, 0, 0)
    best = None
    for order in ORDERS:
        try:
            fitted = SARIMAX(recent, order=order, seasonal_order=seasonal, enforce_stationarity=False, trend="n").fit(
                disp=0, maxiter=50
            )
        except (ValueError, numpy.linalg.LinAlgError):
            continue
        if best is None or fitted.aic < best.aic:
            best = fitted
    return _Flat(values) if best is None else best


def _prophet(values):
    from prophet import Prophet

    model = Prophet()
    model.fit(pandas.DataFrame({"ds": values.index, "y": values.to_numpy()}))
    return model


class _Flat:
    """Too short for anything else."""

    def __init__(self, values):
        self.last = float(values.iloc[-1])

    def forecast(self, steps):
        return numpy.full(steps, self.last)
