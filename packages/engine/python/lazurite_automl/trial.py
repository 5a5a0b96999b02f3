"""One recipe: judged on rows it has not seen, then fitted for good."""

import os
import time

import numpy

from . import columns, data, model, recipes, report, scores, validation


def run(task):
    if task["task"] == "forecasting":
        from . import series

        return series.run_trial(task)
    started = time.time()
    learn, judged = data.load(task)
    setup, recipe = task["setup"], task["recipe"]
    plan = {name: purpose for name, purpose in setup["columns"].items() if purpose != "Ignore"}
    make = lambda: recipes.pipeline(  # noqa: E731
        task["task"], recipe, columns.encoder(plan, task.get("featurization") or {}), task["cores"]
    )
    how = setup["validation"]
    if how["kind"] == "given":
        parts = [(learn, judged)]
    else:
        pairs = validation.splits(how, learn.frame, learn.target, task["task"] == "classification")
        parts = [(learn.take(some), learn.take(rest)) for some, rest in pairs]
    bounds = data.span(learn, judged) if task["task"] == "regression" else None
    classes = numpy.unique(learn.target) if bounds is None else None
    results, fitted = [], None
    for number, (some, rest) in enumerate(parts):
        fitted = recipes.fit(make(), some.frame, some.target, some.weights)
        result = judge(fitted, rest, classes, bounds)
        results.append(result)
        print(
            "fold %d of %d: %s %.5f"
            % (number + 1, len(parts), task["metric"], result["scores"].get(task["metric"], numpy.nan))
        )
    final = fitted if len(parts) == 1 else recipes.fit(make(), learn.frame, learn.target, learn.weights)
    finish(task, final, learn, results, classes, {"duration": round(time.time() - started, 3)})


def judge(fitted, rest, classes, bounds):
    """Scores, with what they were made from."""
    if classes is None:
        guess = numpy.asarray(fitted.predict(rest.frame), dtype=float)
        made = scores.regression(rest.target, guess, bounds[0], bounds[1], rest.weights)
        return {"scores": made, "truth": rest.target, "guess": guess, "weights": rest.weights}
    chances = spread(fitted, rest.frame, classes)
    guess = classes[chances.argmax(axis=1)]
    made = scores.classification(rest.target, guess, chances, classes, rest.weights)
    return {"scores": made, "truth": rest.target, "guess": guess, "chances": chances, "weights": rest.weights}


def spread(fitted, frame, classes):
    """A column for every class, also for those the model has not met."""
    made = numpy.zeros((len(frame), len(classes)))
    made[:, numpy.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(frame)
    return made


def finish(task, final, learn, results, classes, facts):
    """Logs, charts, the model, and what an ensemble needs of it."""
    mean = scores.mean([result["scores"] for result in results])
    truth, guess = (numpy.concatenate([result[name] for result in results]) for name in ("truth", "guess"))
    kept = {"truth": truth, "guess": guess}
    if classes is not None:
        kept["chances"] = numpy.concatenate([result["chances"] for result in results])
    if results[0].get("weights") is not None:
        kept["weights"] = numpy.concatenate([result["weights"] for result in results])
    os.makedirs("outputs", exist_ok=True)
    numpy.savez_compressed("outputs/validation_predictions.npz", sizes=[len(r["truth"]) for r in results], **kept)
    if classes is None:
        charts = scores.regression_charts(truth, guess)
    else:
        charts = scores.classification_charts(truth, guess, kept["chances"], classes)
    for name, chart in charts.items():
        report.write(name + ".json", chart)
    sample = learn.frame.head(50)
    packages = [
        name for name in [recipes.PACKAGES.get(a) for a in task.get("uses") or [task["recipe"]["algorithm"]]] if name
    ]
    model.save(final, sample, final.predict(sample), sorted(set(packages)))
    if task["metric"] not in mean:
        print("the metric %s is not defined for this data" % task["metric"])
    tags = {"duration": facts["duration"]}
    report.log(mean, task.get("params") or {}, tags)
    report.write("metrics.json", mean)
    for name, value in mean.items():
        print("%s: %.6g" % (name, value))
