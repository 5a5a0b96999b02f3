"""The process of a parallel job on each of its nodes: parallel.py CONFIG. See lazurite_parallel/node.py."""
import sys

keep = sys.dont_write_bytecode
sys.dont_write_bytecode = True  # the installation is not written to

from lazurite_parallel.node import main  # noqa: E402

sys.dont_write_bytecode = keep

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
