"""Collects what a model of MLflow is given and predicts, for deployments whose collections say so: `model_inputs` and
`model_outputs`, as tables, sent to the receiver that stands beside the replica. A call waits for none of it."""
import json
import logging
import os
import queue
import random
import threading
import time
import urllib.request
import uuid
from typing import Any, Dict, Optional

log = logging.getLogger("azmlinfsrv")
names = ("model_inputs", "model_outputs")
#: Tables that may wait to be sent; those that come on top are dropped, and the log says so.
waiting: "queue.Queue[Dict[str, Any]]" = queue.Queue(1000)
shares: Optional[Dict[str, float]] = None
lock = threading.Lock()


def collect(given: Any, predicted: Any) -> None:
    """Never raises."""
    try:
        wanted = opened()
        chance = random.random() * 100
        call = str(uuid.uuid4())
        for name, value in zip(names, (given, predicted)):
            if chance < wanted.get(name, 0):
                waiting.put_nowait({"name": name, "call": call, "table": table(value), "at": int(time.time())})
    except queue.Full:
        log.warning("More is predicted than can be collected: a call is left out.")
    except Exception as error:
        log.warning("A call could not be collected: %s: %s", type(error).__name__, error)


def opened() -> Dict[str, float]:
    global shares
    with lock:
        if shares is None:
            shares = {}
            path = os.environ.get("AZUREML_MDC_CONFIG_PATH")
            if path and os.environ.get("AZUREML_MDC_PORT"):
                with open(path, encoding="utf-8") as file:
                    told = json.load(file).get("collections", {})
                shares = {name: float(told[name].get("sampleRatePercentage", 100)) for name in names if name in told}
            if shares:
                threading.Thread(target=send_all, daemon=True).start()
        return shares


def table(value: Any) -> Any:
    """A table of what a model takes or answers, taken before anybody changes it."""
    import pandas

    if isinstance(value, pandas.DataFrame):
        return value.copy()
    if isinstance(value, pandas.Series):
        return value.to_frame()
    if isinstance(value, dict):
        return pandas.DataFrame({name: [each] if not hasattr(each, "__len__") else list(each) for name, each in value.items()})
    if hasattr(value, "ndim") and value.ndim > 2:
        return pandas.DataFrame({"0": [each.tolist() for each in value]})
    return pandas.DataFrame(value if hasattr(value, "__len__") and not isinstance(value, str) else [value])


def send_all() -> None:
    url = "http://%s:%s/modeldata/log" % (os.environ.get("AZUREML_MDC_HOST", "127.0.0.1"), os.environ["AZUREML_MDC_PORT"])
    while True:
        one = waiting.get()
        headers = {
            "Content-Type": "application/json",
            "trace-id": str(uuid.uuid4()),
            "ce-time": str(one["at"]),
            "ce-type": "azureml.inference." + one["name"],
            "ce-collect-data-type": "pandas.core.frame.DataFrame",
            "ce-agent": "lazurite",
            "ce-x-request-id": one["call"],
            "ce-model-version": "default",
        }
        try:
            body = one["table"].rename(columns=str).to_json(orient="records", date_format="iso").encode("utf-8")
            urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30).close()
        except Exception as error:
            log.warning("%s could not be collected: %s: %s", one["name"], type(error).__name__, error)
