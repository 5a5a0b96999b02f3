"""What a parallel job is told: its configuration file, and the words among the program's arguments that are ours."""
import json
import os
import re
import shlex


class Refused(Exception):
    """Something the person who wrote the job has to mend; its text is all that is shown."""


def whole(least):
    def read(name, text):
        try:
            value = int(text)
        except ValueError:
            raise Refused("%s must be a whole number, not %r" % (name, text)) from None
        if value < least:
            raise Refused("%s must be at least %d, not %d" % (name, least, value))
        return value

    return read


def percent(name, text):
    try:
        value = float(text)
    except ValueError:
        raise Refused("%s must be a number from 0 to 100, not %r" % (name, text)) from None
    if not 0 <= value <= 100:
        raise Refused("%s must be a number from 0 to 100, not %r" % (name, text))
    return value


def level(name, text):
    if text.upper() not in ("DEBUG", "INFO", "WARNING"):
        raise Refused("%s must be DEBUG, INFO or WARNING, not %r" % (name, text))
    return text.upper()


def truth(name, text):
    if text.lower() not in ("true", "false"):
        raise Refused("%s must be True or False, not %r" % (name, text))
    return text.lower() == "true"


def file_name(name, text):
    if text in ("", ".", "..") or "/" in text or "\\" in text:
        raise Refused("%s must be the name of a file, without a folder, not %r" % (name, text))
    return text


def as_it_is(_name, text):
    return text


# arguments of the job that are taken out before the script sees the rest
WORDS = {
    "error_threshold": whole(-1),
    "allowed_failed_count": whole(-1),
    "allowed_failed_percent": percent,
    "mini_batch_size": as_it_is,
    "mini_batch_rows": whole(1),
    "process_count_per_node": whole(1),
    "run_invocation_timeout": whole(1),
    "run_max_try": whole(1),
    "logging_level": level,
    "task_overhead_timeout": whole(1),
    "progress_update_timeout": whole(1),
    "first_task_creation_timeout": whole(1),
    "resource_monitor_interval": whole(0),
    "append_row_dataframe_header": truth,
    "append_row_file_name": file_name,
    "copy_logs_to_parent": truth,
    "push_metrics_to_parent": truth,
    "metrics_name_prefix": as_it_is,
}
WITHOUT_EFFECT = ("copy_logs_to_parent", "push_metrics_to_parent")


def split_arguments(text):
    """The program's arguments as ours by name, and the others untouched and in order."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Refused("program_arguments cannot be split into words: %s" % error) from None
    ours, rest = {}, []
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=")
        key = name[2:] if name.startswith("--") else ""
        if key not in WORDS:
            rest.append(words[at])
            at += 1
            continue
        if not equals:
            if at + 1 >= len(words):
                raise Refused("%s in program_arguments has no value" % name)
            at += 1
            value = words[at]
        ours[key] = WORDS[key](name, value)
        at += 1
    return ours, rest


def size_of(text):
    """A mini-batch size as (number, is it bytes)."""
    found = re.match(r"^\s*(\d+)\s*(kb|mb|gb)?\s*$", str(text), re.IGNORECASE)
    if not found:
        raise Refused("mini_batch_size must be a number of files, or of bytes with kb, mb or gb, not %r" % str(text))
    unit = (found.group(2) or "").lower()
    return int(found.group(1)) * {"": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}[unit], unit != ""


class Settings:
    """The configuration with the arguments laid over it. Sizes in bytes, times in seconds."""

    def __init__(self, config):
        ours, self.script_arguments = split_arguments(config.get("arguments", ""))
        self.config = config
        self.ours = ours
        self.script = config["script"]
        # every node has a copy of the code of its own, in which its process was started
        self.folder = os.getcwd()
        self.data = config["data"]
        self.logs = config["logs"]
        self.scratch = config["scratch"]
        self.append_to = config.get("appendTo")
        if self.append_to and config.get("appendFolder"):
            # an output that is a folder takes a file of the usual name, or of the one asked for
            self.append_to = os.path.join(self.append_to, ours.get("append_row_file_name", "parallel_run_step.txt"))
        self.separator = config.get("separator", " ")
        self.header = ours.get("append_row_dataframe_header", False)
        self.partition_keys = config.get("partitionKeys") or []
        self.size, self.size_in_bytes = size_of(ours.get("mini_batch_size", config.get("miniBatchSize") or "0"))
        self.rows = ours.get("mini_batch_rows")
        self.max_items = ours.get("error_threshold", config.get("errorThreshold", -1))
        self.max_batches = ours.get("allowed_failed_count", config.get("miniBatchErrorThreshold", -1))
        self.max_percent = ours.get("allowed_failed_percent")
        tries = ours.get("run_max_try")
        self.max_retries = config.get("maxRetries", 2) if tries is None else tries - 1
        self.run_timeout = ours.get("run_invocation_timeout", config.get("timeoutSeconds", 60))
        self.load_timeout = ours.get("task_overhead_timeout", 600)
        self.first_timeout = ours.get("first_task_creation_timeout", 600)
        self.stall_timeout = ours.get("progress_update_timeout")
        self.usage_seconds = ours.get("resource_monitor_interval", 600)
        self.level = ours.get("logging_level", config.get("loggingLevel", "INFO"))
        self.processes = ours.get("process_count_per_node", config.get("maxConcurrency", 1))
        self.nodes = config.get("nodes", 1)
        self.node_name = config.get("nodeName", "node")
        self.prefix = ours.get("metrics_name_prefix", "")

    def node(self, rank):
        return "%s-%d" % (self.node_name, rank)


def read_settings(path):
    with open(path, encoding="utf-8") as file:
        return Settings(json.load(file))


def make_file(path):
    """Opens a log for appending, with its folders."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return open(path, "a", encoding="utf-8", errors="backslashreplace")
