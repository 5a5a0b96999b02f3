"""One training process that logs a point every so often: by MLflow's REST alone, or (`mlflow`) through its client.

sender.py WHICH RUN POINTS PER_SECOND START PHASE with the address and the token in MLFLOW_TRACKING_URI and
MLFLOW_TRACKING_TOKEN. Point n of the metric `loss` has step n and the value n / 7. It is sent again until it is
acknowledged, as MLflow's client does. Prints one line of JSON: how long each call took, in ms, that needed no second
try, how many points needed one, and whether it kept pace.
"""

import http.client
import json
import os
import sys
import time
import urllib.parse

which, run, points, per_second, start, phase = sys.argv[1:]
points, per_second, start, phase = int(points), float(per_second), float(start), float(phase)
address = urllib.parse.urlsplit(os.environ["MLFLOW_TRACKING_URI"])
again = 0


def by_rest():
    where = f"{address.path}/api/2.0/mlflow/runs/log-metric"
    headers = {
        "Authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}",
        "Content-Type": "application/json",
        "Accept-Encoding": "gzip, deflate",
    }
    connection = None

    def send(n, at):
        nonlocal connection
        body = json.dumps({"run_id": run, "key": "loss", "value": n / 7, "timestamp": at, "step": n})
        for tries in range(600):
            try:
                connection = connection or http.client.HTTPConnection(address.hostname, address.port, timeout=60)
                connection.request("POST", where, body, headers)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status == 200:
                    return tries
                if answer.status not in (408, 429, 500, 502, 503, 504):
                    raise SystemExit(f"point {n} was refused with {answer.status}: {said[:500]}")
            except (OSError, http.client.HTTPException):
                pass
            connection = None
            time.sleep(min(0.1 * 2 ** min(tries, 4), 1))
        raise SystemExit(f"point {n} was never acknowledged")

    return send


def by_client():
    import mlflow

    client = mlflow.MlflowClient()

    def send(n, at):
        client.log_metric(run, "loss", n / 7, timestamp=at, step=n)
        return 0

    return send


send = {"rest": by_rest, "mlflow": by_client}[which]()
took = []
late = 0.0
for n in range(points):
    due = start + phase + n / per_second
    time.sleep(max(0, due - time.time()))
    began = time.time()
    late = began - due
    tries = send(n, 1_700_000_000_000 + n)
    if tries == 0:
        took.append(round((time.time() - began) * 1000, 2))
    else:
        again += 1
print(json.dumps({"took": took, "again": again, "late": round(late, 2)}))
