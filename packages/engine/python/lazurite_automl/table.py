"""An MLTable, or a plain file, as a DataFrame."""

import glob
import os

import pandas
import yaml

from .problem import Problem


def read(source):
    """`source`: {"path": file or folder, "foreign": {address: local path}}."""
    path = source["path"]
    table = os.path.join(path, "MLTable")
    if os.path.isfile(table):
        with open(table, encoding="utf-8") as file:
            return _read_table(yaml.safe_load(file) or {}, path, source.get("foreign", {}))
    files = [path] if os.path.isfile(path) else sorted(_files_below(path))
    if not files:
        raise Problem("There is no MLTable and no file in %s" % path)
    return _join([_read_plain(file) for file in files])


def _files_below(folder):
    for root, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith((".csv", ".tsv", ".parquet", ".pqt", ".jsonl")):
                yield os.path.join(root, name)


def _read_plain(file):
    lower = file.lower()
    if lower.endswith((".parquet", ".pqt")):
        return pandas.read_parquet(file)
    if lower.endswith(".jsonl"):
        return pandas.read_json(file, lines=True)
    return pandas.read_csv(file, sep="\t" if lower.endswith(".tsv") else ",")


def _read_table(table, folder, foreign):
    files = []
    for entry in table.get("paths") or []:
        ((how, what),) = list(entry.items())[:1]
        files += _select(how, foreign.get(what, what), folder)
    if not files:
        raise Problem("The MLTable in %s names no file that is there" % folder)
    frame = None
    for step in table.get("transformations") or []:
        name, options = (step, None) if isinstance(step, str) else list(step.items())[0]
        if name in READERS:
            frame = _join([READERS[name](file, options or {}) for file in files])
            continue
        if name not in STEPS:
            raise Problem("The step %s of the MLTable is not known here; known are %s" % (name, ", ".join(STEPS)))
        if frame is None:
            frame = _join([_read_plain(file) for file in files])
        frame = STEPS[name](frame, options)
    return _join([_read_plain(file) for file in files]) if frame is None else frame


def _select(how, what, folder):
    if what.startswith(("http://", "https://")):
        return [what]
    if "://" in what:
        raise Problem("The MLTable names %s, which cannot be read from here" % what)
    path = what if os.path.isabs(what) else os.path.normpath(os.path.join(folder, what))
    if how == "pattern":
        return sorted(name for name in glob.glob(path, recursive=True) if os.path.isfile(name))
    if how == "folder":
        return sorted(name for name in glob.glob(path + "/**/*", recursive=True) if os.path.isfile(name))
    return [path]


def _join(frames):
    return frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)


ENCODINGS = {
    "ascii": "utf-8",
    "utf8": "utf-8",
    "utf8bom": "utf-8-sig",
    "iso88591": "latin-1",
    "windows1252": "cp1252",
}


def _delimited(file, options):
    encoding = str(options.get("encoding", "utf8"))
    header = str(options.get("header", "all_files_same_headers"))
    infer = options.get("infer_column_types", True)
    frame = pandas.read_csv(
        file,
        sep=options.get("delimiter", ","),
        encoding=ENCODINGS.get(encoding.replace("-", "").replace("_", "").lower(), encoding),
        encoding_errors="replace",
        header=None if header == "no_header" else 0,
        dtype=str if infer is False else None,
        keep_default_na=not options.get("empty_as_string", False),
        low_memory=False,
    )
    if header == "no_header":
        frame.columns = ["Column%d" % (number + 1) for number in range(frame.shape[1])]
    return _with_path(frame, file, options)


def _with_path(frame, file, options):
    if options.get("include_path_column"):
        frame.insert(0, "Path", file)
    return frame


def _parquet(file, options):
    return _with_path(pandas.read_parquet(file), file, options)


def _json_lines(file, options):
    return _with_path(pandas.read_json(file, lines=True), file, options)


READERS = {"read_delimited": _delimited, "read_parquet": _parquet, "read_json_lines": _json_lines}


def _names(options):
    return [options] if isinstance(options, str) else list(options or [])


def _convert(frame, options):
    for entry in options or []:
        kind = entry.get("column_type")
        columns = _names(entry.get("columns"))
        name = kind if isinstance(kind, str) else list(kind or {"string": None})[0]
        for column in columns:
            if name in ("int", "float"):
                frame[column] = pandas.to_numeric(frame[column], errors="coerce")
            elif name == "datetime":
                frame[column] = pandas.to_datetime(frame[column], errors="coerce")
            elif name == "boolean":
                frame[column] = frame[column].map(lambda value: str(value).lower() in ("true", "1", "yes"))
            else:
                frame[column] = frame[column].astype(str)
    return frame


def _sample(frame, options):
    options = options or {}
    return frame.sample(frac=float(options.get("probability", 1)), random_state=options.get("seed", 0))


STEPS = {
    "keep_columns": lambda frame, options: frame[_names(options)],
    "drop_columns": lambda frame, options: frame.drop(columns=_names(options)),
    "convert_column_types": _convert,
    "take": lambda frame, options: frame.head(int(options)),
    "skip": lambda frame, options: frame.iloc[int(options) :].reset_index(drop=True),
    "take_random_sample": _sample,
}
