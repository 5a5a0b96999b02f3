"""One piece of an AutoML job: looks at the data, tries one recipe, joins models, or tests the best one.

Started by Lazurite with the path of a JSON file that says what to do.
"""

import importlib
import importlib.util
import json
import os
import sys

sys.dont_write_bytecode = True  # the installation is not written to

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

PARTS = {"setup": "setup", "trial": "trial", "ensemble": "ensemble", "test": "testing"}
NEEDED = ("numpy", "pandas", "sklearn", "mlflow", "yaml")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        task = json.load(file)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            "AutoML needs the packages scikit-learn, pandas and mlflow in its environment; "
            "this one lacks: " + ", ".join(missing)
        )
    from lazurite_automl.problem import Problem

    part = importlib.import_module("lazurite_automl." + PARTS[task["part"]])
    try:
        part.run(task)
    except Problem as problem:
        # what the user can mend needs no traceback
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
