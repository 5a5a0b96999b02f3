"""One worker process of a parallel job: parallel_worker.py CONFIG IDENTITY READ_FD WRITE_FD."""
import sys

keep = sys.dont_write_bytecode
sys.dont_write_bytecode = True  # the installation is not written to

from lazurite_parallel.worker import main  # noqa: E402

sys.dont_write_bytecode = keep

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
