"""Serves a Triton model repository of ONNX models over the KServe v2 protocol: onnx_score.py --repository DIR --port PORT."""
import os
import sys

keep = sys.dont_write_bytecode
sys.dont_write_bytecode = True  # the installation is not written to

from lazurite_score.kserve import main  # noqa: E402

sys.dont_write_bytecode = keep
sys.path[0] = os.getcwd()

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
