"""What libraries keep by themselves once they are told to: scikit-learn, xgboost, lightgbm."""

import sys

import mlflow
from seen import report
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

which = sys.argv[1]
mlflow.set_experiment(f"versions {mlflow.__version__} {which}")
client = mlflow.MlflowClient()
X, y = load_iris(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)


def by_sklearn():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV

    mlflow.sklearn.autolog(max_tuning_runs=3)
    with mlflow.start_run() as run:
        search = GridSearchCV(RandomForestClassifier(random_state=0), {"n_estimators": [2, 3, 5, 8]}, cv=2)
        search.fit(X_train, y_train)
        search.score(X_test, y_test)
    got = client.get_run(run.info.run_id)
    assert got.data.params["cv"] == "2" and got.data.params["best_n_estimators"] in {"2", "3", "5", "8"}, got.data.params
    assert got.data.metrics["best_cv_score"] > 0.8 and got.data.metrics["training_score"] > 0.9, got.data.metrics
    assert got.data.tags["estimator_name"] == "GridSearchCV"
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert len(children) == 3 and children["metrics.mean_test_score"].min() > 0.8, children
    files = {f.path for f in client.list_artifacts(run.info.run_id)}
    assert {"cv_results.csv", "training_confusion_matrix.png"} <= files, files
    best = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/best_estimator")
    assert (best.predict(X_test) == search.predict(X_test)).all()
    return run.info.run_id


def by_xgboost():
    import xgboost

    mlflow.xgboost.autolog(importance_types=["weight"])
    train, test = xgboost.DMatrix(X_train, y_train), xgboost.DMatrix(X_test, y_test)
    with mlflow.start_run() as run:
        booster = xgboost.train(
            {"objective": "multi:softprob", "num_class": 3, "eval_metric": "mlogloss"},
            train,
            num_boost_round=60,
            evals=[(test, "test")],
            early_stopping_rounds=3,
            verbose_eval=False,
        )
    got = client.get_run(run.info.run_id)
    assert got.data.params["objective"] == "multi:softprob" and got.data.params["num_boost_round"] == "60"
    history = client.get_metric_history(run.info.run_id, "test-mlogloss")
    # the value at the best of the rounds is kept once more, behind the last
    assert len(history) == int(got.data.metrics["stopped_iteration"]) + 2, (len(history), got.data.metrics)
    assert got.data.metrics["best_iteration"] == booster.best_iteration
    files = {f.path for f in client.list_artifacts(run.info.run_id)}
    assert "feature_importance_weight.json" in files and "feature_importance_weight.png" in files, files
    loaded = mlflow.xgboost.load_model(f"runs:/{run.info.run_id}/model")
    assert (loaded.predict(test) == booster.predict(test)).all()
    return run.info.run_id


def by_lightgbm():
    import lightgbm

    mlflow.lightgbm.autolog()
    with mlflow.start_run() as run:
        booster = lightgbm.train(
            {"objective": "multiclass", "num_class": 3, "metric": "multi_logloss", "verbosity": -1, "num_threads": 1},
            lightgbm.Dataset(X_train, y_train),
            num_boost_round=12,
            valid_sets=[lightgbm.Dataset(X_test, y_test)],
            valid_names=["test"],
        )
    got = client.get_run(run.info.run_id)
    assert got.data.params["num_class"] == "3" and got.data.params["num_boost_round"] == "12", got.data.params
    assert [m.step for m in client.get_metric_history(run.info.run_id, "test-multi_logloss")] == list(range(12))
    files = {f.path for f in client.list_artifacts(run.info.run_id)}
    assert {"feature_importance_gain.json", "feature_importance_split.png"} <= files, files
    loaded = mlflow.lightgbm.load_model(f"runs:/{run.info.run_id}/model")
    assert (loaded.predict(X_test) == booster.predict(X_test)).all()
    return run.info.run_id


report(run={"sklearn": by_sklearn, "xgboost": by_xgboost, "lightgbm": by_lightgbm}[which]())
