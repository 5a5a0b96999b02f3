"""What the programs of this folder share: how they say what they saw."""

import json
import sys

import mlflow
from mlflow.exceptions import MlflowException


def failed_with(act):
    """The error code with which something is refused; fails when it is not."""
    try:
        act()
    except MlflowException as error:
        return error.error_code
    raise AssertionError("was let through")


def report(**seen):
    """The last line of a program, on stderr: which client it had, and what it kept where."""
    print(json.dumps({"version": mlflow.__version__, **seen}), file=sys.stderr)
