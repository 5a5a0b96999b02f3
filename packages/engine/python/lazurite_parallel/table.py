"""
The rows of an MLTable. A table is cut where its files can be cut without reading all of them: text at the end of a line,
parquet between rows. A piece is {file, start, end}: bytes of a text, rows of a parquet file. Where a step needs the rows in
order, or keys are in the rows, the rows are laid down in files of their own first (see spool.py).
"""
import csv
import io
import json
import os
import pickle

from .cells import infer, read_column
from .settings import Refused
from .steps import Steps, height

ENCODINGS = {"utf8": "utf-8", "utf8bom": "utf-8", "ascii": "utf-8", "iso88591": "cp1252", "latin1": "cp1252"}
ENCODINGS.update({"windows1252": "cp1252", "utf16": "utf-16"})

csv.field_size_limit(1 << 30)


def pandas():
    """The package, where the environment has it."""
    try:
        import pandas as found
    except ImportError:
        return None
    return found


def hand_over(columns):
    """What run() gets: a DataFrame, or without pandas a list of dictionaries."""
    found = pandas()
    if found is not None:
        return found.DataFrame(columns)
    names = list(columns)
    return [dict(zip(names, row)) for row in zip(*columns.values())]


def plan_of(settings):
    return os.path.join(settings.scratch, "table.json")


def tell_workers(settings):
    """What was found out about the files of the table: every worker reads it once."""
    with open(plan_of(settings), "w", encoding="utf-8") as file:
        json.dump(settings.data, file)


def read_plan(settings):
    with open(plan_of(settings), encoding="utf-8") as file:
        return json.load(file)


def load_rows(data, batch):
    """The rows of one mini-batch; `data` is the plan of the table."""
    if "spooled" in batch:
        parts = []
        for path in batch["spooled"]:
            with open(path, "rb") as file:
                while True:
                    try:
                        parts.append(pickle.load(file))
                    except EOFError:
                        break
        return hand_over(join(parts))
    reader = TableReader(data)
    # only steps that look at one row at a time are left to do here
    return hand_over(join([Steps(data["steps"]).apply(*reader.read(piece)) for piece in batch["pieces"]]))


def join(parts):
    """One table of several, with the columns of all; where a part lacks one, nothing is there."""
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part))
    heights = [height(part) for part in parts]
    return {
        name: [value for part, rows in zip(parts, heights) for value in (part[name] if name in part else [None] * rows)]
        for name in names
    }


class TableReader:
    def __init__(self, data):
        self.files = data["files"]
        self.options = data["reader"].get("options") or {}
        self.format = data["reader"]["name"]
        encoding = str(self.options.get("encoding") or "utf8").lower()
        self.encoding = ENCODINGS["".join(c for c in encoding if c.isalnum())]

    @property
    def divisible(self):
        return self.encoding != "utf-16"

    def read(self, piece):
        """The columns of a piece, and the file it is of."""
        file = self.files[piece["file"]]
        columns = getattr(self, self.format)(file, piece)
        if self.options.get("include_path_column"):
            columns = dict({"Path": [file["name"]] * height(columns)}, **columns)
        return columns, file

    def text(self, file, piece):
        with open(file["path"], "rb") as stream:
            stream.seek(piece["start"])
            body = stream.read() if piece["end"] is None else stream.read(piece["end"] - piece["start"])
        text = body.decode(self.encoding, "replace")
        return text[1:] if text.startswith("\ufeff") else text

    def read_delimited(self, file, piece):
        records = self.records(self.text(file, piece))
        if piece["start"] == 0 and file["header"]["skip"]:
            next(records, None)
        names = file["header"]["names"]
        width = len(names)
        rows = [row[:width] + [None] * (width - len(row)) for row in records if row]
        empty = "" if self.options.get("empty_as_string") else None
        types = file["header"]["types"]
        cells = zip(*rows) if rows else [[] for _ in names]
        return {name: read_column(texts, kind, empty) for name, kind, texts in zip(names, types, cells)}

    def records(self, text):
        return csv.reader(io.StringIO(text, newline=""), delimiter=self.options.get("delimiter") or ",")

    def read_json_lines(self, file, piece):
        rows = []
        for line in self.text(file, piece).split("\n"):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if isinstance(row, dict):
                rows.append(row)
            elif self.options.get("invalid_lines") != "drop":
                raise Refused("%s has a line that is no JSON object: %s" % (file["name"], line[:100]))
        names = list(dict.fromkeys(name for row in rows for name in row))
        return {name: [row.get(name) for row in rows] for name in names}

    def read_parquet(self, file, piece):
        opened = parquet(file["path"])
        first, columns, at = piece["start"], [], 0
        last = opened.metadata.num_rows if piece["end"] is None else piece["end"]
        for group in range(opened.metadata.num_row_groups):
            rows = opened.metadata.row_group(group).num_rows
            if at < last and at + rows > first:
                table = opened.read_row_group(group)
                columns.append(table.slice(max(0, first - at), min(rows, last - at) - max(0, first - at)).to_pydict())
            at += rows
        return join(columns) if columns else {name: [] for name in opened.schema_arrow.names}


def parquet(path):
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise Refused("the environment has no pyarrow, which reads parquet files: add it to the environment") from None
    try:
        return ParquetFile(path)
    except Exception as error:  # whatever pyarrow says, it is about the file
        raise Refused("%s cannot be read as a parquet file: %s" % (os.path.basename(path), error)) from None


def sample_of(reader, file):
    """The first records of a file, header included; the last one only where the file ends with it."""
    limit = 1 << 20
    with open(file["path"], "rb") as stream:
        body = stream.read(limit)
    if len(body) == limit and reader.encoding != "utf-16":
        body = body[: body.rfind(b"\n") + 1] or body
    text = body.decode(reader.encoding, "replace")
    text = text[1:] if text.startswith("\ufeff") else text
    records = []
    for record in reader.records(text):
        if record:
            records.append(record)
        if len(records) > 10_000 or (len(records) > 201 and not isinstance(reader.options.get("infer_column_types"), dict)):
            break
    return records


def read_headers(reader):
    """Gives every delimited file its column names, the types of its columns, and whether its first line is a header."""
    how = reader.options.get("header") or "all_files_same_headers"
    said = reader.options.get("infer_column_types")
    said = said if said is not None else True
    known = None
    for file in reader.files:
        headed = how in ("all_files_same_headers", "all_files_different_headers") or known is None and how != "no_header"
        if known is not None and known["typed"] and how != "all_files_different_headers":
            file["header"] = dict(known, skip=headed)
            continue
        records = sample_of(reader, file)
        if known is None or how == "all_files_different_headers":
            if not records:
                file["header"] = {"names": [], "types": [], "skip": False}
                continue
            first = records[0]
            names = unique(first) if headed else ["Column%d" % (i + 1) for i in range(len(first))]
        # a file without rows says nothing of types
        head = records[1:] if headed else records
        known = {"names": names, "types": types_of(names, head, said), "skip": headed, "typed": bool(head)}
        file["header"] = known


def types_of(names, records, said):
    if said is False:
        return ["string"] * len(names)
    said = said if isinstance(said, dict) else {}
    size = said.get("sample_size") or 200
    over = said.get("column_type_overrides") or {}
    head = records[:size]
    return [
        over.get(name) or infer([record[i] if i < len(record) else None for record in head])
        for i, name in enumerate(names)
    ]


def unique(names):
    seen, found = {}, []
    for at, given in enumerate(names):
        name = given.strip() or "Column%d" % (at + 1)
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.append(name if count == 0 else "%s_%d" % (name, count))
    return found


def size_in_memory(columns):
    """Bytes of a table, roughly: what one row weighs, times the rows."""
    rows = height(columns)
    if rows == 0:
        return 0
    sample = range(0, rows, max(1, rows // 20))
    weight = sum(len(str(values[i])) + 1 for values in columns.values() for i in sample)
    return max(1, weight * rows // len(sample))


