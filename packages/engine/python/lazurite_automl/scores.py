"""The metrics Azure ML lists, and the charts it shows."""

import numpy
from scipy.stats import spearmanr
from sklearn import metrics
from sklearn.preprocessing import label_binarize

# name → larger is better, its worst and best value where they are bounded
GOALS = {
    "AUC_weighted": "maximize",
    "accuracy": "maximize",
    "norm_macro_recall": "maximize",
    "average_precision_score_weighted": "maximize",
    "precision_score_weighted": "maximize",
    "spearman_correlation": "maximize",
    "normalized_root_mean_squared_error": "minimize",
    "r2_score": "maximize",
    "normalized_mean_absolute_error": "minimize",
}
AVERAGES = ("macro", "micro", "weighted")


def classification(truth, guess, chances, classes, weights=None):
    """`chances`: rows × classes. Metrics that are not defined for the data are left out."""
    w = {"sample_weight": weights}
    matrix = label_binarize(truth, classes=classes)
    if len(classes) == 2:
        matrix = numpy.column_stack([1 - matrix, matrix])
    out = {
        "accuracy": metrics.accuracy_score(truth, guess, **w),
        "balanced_accuracy": metrics.recall_score(truth, guess, average="macro", zero_division=0, **w),
        "log_loss": metrics.log_loss(truth, numpy.clip(chances, 1e-15, 1), labels=classes, **w),
        "matthews_correlation": metrics.matthews_corrcoef(truth, guess, **w),
        "weighted_accuracy": _weighted_accuracy(truth, guess),
    }
    for average in AVERAGES:
        o = dict(average=average, zero_division=0, **w)
        out["f1_score_" + average] = metrics.f1_score(truth, guess, **o)
        out["precision_score_" + average] = metrics.precision_score(truth, guess, **o)
        out["recall_score_" + average] = metrics.recall_score(truth, guess, **o)
        out["AUC_" + average] = _curve(metrics.roc_auc_score, matrix, chances, average, weights)
        out["average_precision_score_" + average] = _curve(
            metrics.average_precision_score, matrix, chances, average, weights
        )
    share = 1 / len(classes)
    out["norm_macro_recall"] = (out["recall_score_macro"] - share) / (1 - share)
    return _finite(out)


def _curve(score, matrix, chances, average, weights):
    # a class nobody is of has no curve
    seen = numpy.flatnonzero((matrix.sum(axis=0) > 0) & (matrix.sum(axis=0) < len(matrix)))
    if len(seen) == 0:
        return numpy.nan
    return score(matrix[:, seen], chances[:, seen], average=average, sample_weight=weights)


def _weighted_accuracy(truth, guess):
    """Every row counts as much as there are rows of its class."""
    labels, where, counts = numpy.unique(truth, return_inverse=True, return_counts=True)
    return float(numpy.average(numpy.asarray(truth) == numpy.asarray(guess), weights=counts[where]))


def regression(truth, guess, low, high, weights=None):
    """`low` and `high`: the least and largest value of the target in all of the data."""
    truth, guess = numpy.asarray(truth, dtype=float), numpy.asarray(guess, dtype=float)
    w = {"sample_weight": weights}
    span = abs(high - low) or 1.0
    out = {
        "explained_variance": metrics.explained_variance_score(truth, guess, **w),
        "mean_absolute_error": metrics.mean_absolute_error(truth, guess, **w),
        "median_absolute_error": metrics.median_absolute_error(truth, guess),
        "r2_score": metrics.r2_score(truth, guess, **w) if len(truth) > 1 else numpy.nan,
        "root_mean_squared_error": float(numpy.sqrt(metrics.mean_squared_error(truth, guess, **w))),
        "spearman_correlation": _spearman(truth, guess),
    }
    known = truth != 0
    if known.any():
        out["mean_absolute_percentage_error"] = float(numpy.mean(abs((truth - guess)[known] / truth[known])) * 100)
    if truth.min() >= 0:
        low, high = max(low, 0), max(high, 0)
        logs = numpy.log1p(truth) - numpy.log1p(numpy.clip(guess, 0, None))
        out["root_mean_squared_log_error"] = float(numpy.sqrt(numpy.mean(logs**2)))
        log_span = abs(numpy.log1p(high) - numpy.log1p(low)) or 1.0
        out["normalized_root_mean_squared_log_error"] = out["root_mean_squared_log_error"] / log_span
    for name in ("mean_absolute_error", "median_absolute_error", "root_mean_squared_error"):
        out["normalized_" + name] = out[name] / span
    return _finite(out)


def _spearman(truth, guess):
    if len(truth) < 2 or numpy.ptp(truth) == 0:
        return numpy.nan
    # the same guess everywhere is in no order at all
    return 0.0 if numpy.ptp(guess) == 0 else float(spearmanr(truth, guess)[0])


def _finite(scores):
    return {name: float(value) for name, value in scores.items() if numpy.isfinite(value)}


def mean(all_scores):
    """The mean over folds, of what every fold has."""
    names = set.intersection(*(set(scores) for scores in all_scores))
    return {name: float(numpy.mean([scores[name] for scores in all_scores])) for name in sorted(names)}


def classification_charts(truth, guess, chances, classes):
    labels = [str(label) for label in classes]
    counts = metrics.confusion_matrix(truth, guess, labels=classes)
    return {
        "confusion_matrix": _chart("confusion_matrix", {"class_labels": labels, "matrix": counts.tolist()}),
        "accuracy_table": _chart("accuracy_table", _accuracy_table(truth, chances, classes, labels)),
    }


def _accuracy_table(truth, chances, classes, labels):
    """For every class and threshold: true and false positives, true and false negatives."""
    thresholds = [round(number / 100, 2) for number in range(101)]
    tables = []
    for number, label in enumerate(classes):
        is_it = numpy.asarray(truth) == label
        said = chances[:, number][:, None] >= numpy.array(thresholds)[None, :]
        tp, fp = (said & is_it[:, None]).sum(axis=0), (said & ~is_it[:, None]).sum(axis=0)
        fn, tn = is_it.sum() - tp, (~is_it).sum() - fp
        tables.append(numpy.column_stack([tp, fp, tn, fn]).tolist())
    return {"probability_thresholds": thresholds, "probability_tables": tables, "class_labels": labels}


def regression_charts(truth, guess):
    truth, guess = numpy.asarray(truth, dtype=float), numpy.asarray(guess, dtype=float)
    rest = guess - truth
    counts, edges = numpy.histogram(rest, bins=10)
    bounds = numpy.histogram_bin_edges(truth, bins=10)
    bins = numpy.clip(numpy.digitize(truth, bounds[1:-1]), 0, 9)
    each = [guess[bins == number] for number in range(10)]
    predictions = {
        "bin_edges": bounds.tolist(),
        "bin_counts": [len(some) for some in each],
        "bin_averages": [float(some.mean()) if len(some) else 0.0 for some in each],
        "bin_errors": [float(some.std()) if len(some) else 0.0 for some in each],
    }
    residuals = {
        "bin_edges": edges.tolist(),
        "bin_counts": counts.tolist(),
        "mean": float(rest.mean()),
        "stddev": float(rest.std()),
        "res_count": len(rest),
    }
    return {"residuals": _chart("residuals", residuals), "predicted_true": _chart("predictions", predictions)}


def _chart(kind, data):
    return {"schema_type": kind, "schema_version": "1.0.0", "data": data}
