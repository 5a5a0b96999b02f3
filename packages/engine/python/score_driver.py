"""Serves a scoring script: score_driver.py --entry_script FILE --port PORT. See lazurite_score/main.py."""
import os
import sys

keep = sys.dont_write_bytecode
sys.dont_write_bytecode = True  # the installation is not written to

from lazurite_score.main import main  # noqa: E402

sys.dont_write_bytecode = keep
sys.path[0] = os.getcwd()  # what the script imports is its own, never a neighbour of this file

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
