"""One step of the crash test: says that it ran, prints numbered lines and logs a metric for each, through restarts."""

import json
import os
import sys
import time
import urllib.error
import urllib.request

name, witness, lines = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(witness, "a") as file:
    file.write(f"{name} {os.environ['AZUREML_RUN_ID']}\n")


def acknowledged(step):
    """Logs one point as the MLflow client does: again and again until the server has said yes."""
    body = {"run_id": os.environ["MLFLOW_RUN_ID"], "key": "count", "value": step, "timestamp": 1000 + step, "step": step}
    for _ in range(600):
        request = urllib.request.Request(
            os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-metric",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"]},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
                return
        except urllib.error.HTTPError as error:
            sys.exit(f"refused: {error.code} {error.read().decode()}")
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    sys.exit("the server did not come back")


for step in range(lines):
    print(f"{name} line {step}", flush=True)
    acknowledged(step)
    time.sleep(0.01)

for output in sys.argv[4:]:
    with open(os.path.join(output, "done.txt"), "w") as file:
        file.write(name)
