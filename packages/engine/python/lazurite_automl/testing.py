"""The best model on data that had no part in finding it."""

import numpy

from . import data, model, report, scores
from .problem import Problem


def run(task):
    test = data.load_test(task)
    if test is None:
        raise Problem("There is no test data")
    best = model.load(task["members"][0]["folder"])
    learn, judged = data.load(task)
    frame = test.frame.copy()
    if task["task"] == "classification":
        from .trial import spread

        classes = numpy.unique(learn.target)
        test = test.take(numpy.flatnonzero(numpy.isin(test.target, classes)))
        chances = spread(best, test.frame, classes)
        guess = classes[chances.argmax(axis=1)]
        made = scores.classification(test.target, guess, chances, classes, test.weights)
        charts = scores.classification_charts(test.target, guess, chances, classes)
        frame = test.frame.copy()
    else:
        guess = numpy.asarray(best.predict(test.frame), dtype=float)
        known = numpy.isfinite(guess)
        if not known.any():
            raise Problem("The model has no prediction for any row of the test data")
        test, guess, frame = test.take(numpy.flatnonzero(known)), guess[known], frame[known]
        low, high = data.span(learn, judged)
        made = scores.regression(test.target, guess, low, high, test.weights)
        charts = scores.regression_charts(test.target, guess)
    frame[task["target"] + "_orig"] = test.target
    frame[task["target"] + "_predicted"] = guess
    report.write("metrics.json", made)
    frame.to_csv("outputs/predictions.csv", index=False)
    for name, chart in charts.items():
        report.write(name + ".json", chart)
    report.log(made)
    for name, value in made.items():
        print("%s: %.6g" % (name, value))
