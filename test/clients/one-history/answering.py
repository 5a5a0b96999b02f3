"""Acts as standard input asks, a line of JSON after the other, and answers each on standard output."""

import json
import sys


def answer(acts):
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        act = acts[asked.pop("do")]
        try:
            said = {"is": act(**asked)}
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), file=answers, flush=True)
