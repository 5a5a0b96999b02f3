"""Log lines on standard output, also those of print(): `2024-01-31 10:00:00,123 I [4711] azmlinfsrv - text`, in UTC."""
import builtins
import functools
import json
import logging
import logging.config
import os
import sys
import time
from typing import Any

plain_print = builtins.print
log = logging.getLogger("azmlinfsrv")
printed = logging.getLogger("azmlinfsrv.print")


def set_up(app_root: str, script: str, level: str) -> None:
    """Raises ValueError for a `logging.json` that says nothing."""
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter("%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    log.handlers[:] = [handler]
    log.propagate = False
    log.setLevel(level if isinstance(logging.getLevelName(level), int) else "INFO")
    for folder in (app_root, os.path.dirname(os.path.realpath(script)) if script else None):
        path = os.path.join(folder, "logging.json") if folder else ""
        if path and os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                logging.config.dictConfig(json.load(file))
            log.info("Log settings are those of %s", path)
            break


def catch_print() -> None:
    """print() to standard output becomes a log line; print() to anywhere else stays what it is."""

    @functools.wraps(plain_print)
    def print_line(*objects: Any, sep: Any = " ", end: Any = "\n", file: Any = None, flush: bool = False) -> None:
        if file is None or file is sys.stdout:
            printed.info("%s", (" " if sep is None else sep).join(map(str, objects)))
        else:
            plain_print(*objects, sep=sep, end=end, file=file, flush=flush)

    builtins.print = print_line
