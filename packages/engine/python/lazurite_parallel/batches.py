"""
How the input is cut into mini-batches. Each is {kind, index, items, …}: paths of files, lines of a text, or rows of a
table; `items` is None where only reading tells. They come in a fixed order: the same input gives the same mini-batches.
"""
import os
import re

from . import spool, table
from .settings import Refused
from .steps import IN_ORDER

USUAL_TABLE_BYTES = 1 << 20
# how much of a table is in memory at once while its rows are laid down anew
STRETCH_BYTES = 16 << 20


def batches(settings):
    """Raises Refused for an input that cannot be cut as asked."""
    for index, batch in enumerate(_batches(settings)):
        if isinstance(batch, str):
            raise Refused("there is no column %s to partition by" % batch)
        batch["index"] = index
        yield batch


def _batches(settings):
    data = settings.data
    if data["kind"] == "table":
        return table_batches(settings)
    files = data["files"] if "files" in data else list(list_files(data["root"]))
    if not files:
        raise Refused("the input that is to be cut holds no files")
    if settings.partition_keys:
        return by_path(files, settings.partition_keys)
    if settings.rows is not None:
        return line_batches(files, settings.rows)
    if settings.size_in_bytes:
        return by_size(files, settings.size)
    return by_count(files, max(1, settings.size))


def list_files(root):
    """Every file below a path, sorted folder by folder; a file is itself."""
    if os.path.isfile(root):
        yield {"path": os.path.abspath(root), "name": os.path.basename(root)}
        return
    seen = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # links may lead in circles
            folders[:] = []
            continue
        seen.add(real)
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield {"path": os.path.abspath(path), "name": os.path.relpath(path, root)}


def of_files(files):
    return {"kind": "files", "files": [file["path"] for file in files], "items": len(files)}


def by_count(files, count):
    for at in range(0, len(files), count):
        yield of_files(files[at : at + count])


def by_size(files, size):
    """As many files as together have the size; at least one."""
    if size < 1:
        raise Refused("a mini-batch must have at least one byte")
    held, weight = [], 0
    for file in files:
        bytes_of_file = os.path.getsize(file["path"])
        if held and weight + bytes_of_file > size:
            yield of_files(held)
            held, weight = [], 0
        held.append(file)
        weight += bytes_of_file
    if held:
        yield of_files(held)


def by_path(files, keys):
    """Files whose paths say the same of every key: by the columns of a partition format, or folders named key=value."""
    groups = {}
    for file in files:
        said = file.get("columns")
        if said is None:
            said = dict(re.findall(r"(?:^|/)([^/=]+)=([^/]*)(?=/)", file["name"]))
        missing = [key for key in keys if key not in said]
        if missing:
            raise Refused(
                "the path %s says nothing of the partition key %s: name folders %s=VALUE, or give an MLTable with "
                "extract_columns_from_partition_format" % (file["name"], missing[0], missing[0])
            )
        groups.setdefault(tuple(said[key] for key in keys), []).append(file)
    for values, members in groups.items():
        yield dict(of_files(members), keys=dict(zip(keys, values)))


def line_batches(files, rows):
    """So many lines each; none spans two files."""
    for file in files:
        start = end = count = 0
        with open(file["path"], "rb") as stream:
            for line in stream:
                end += len(line)
                count += 1
                if count == rows:
                    yield {"kind": "lines", "path": file["path"], "start": start, "end": end, "items": count}
                    start, count = end, 0
        if count:
            yield {"kind": "lines", "path": file["path"], "start": start, "end": end, "items": count}


def table_batches(settings):
    data, keys = settings.data, settings.partition_keys
    reader = table.TableReader(data)
    if not data["files"]:
        raise Refused("the table names no files")
    if reader.format == "read_delimited":
        table.read_headers(reader)
    table.tell_workers(settings)
    ordered = any(step["name"] in IN_ORDER for step in data["steps"])
    if keys and not ordered:
        known = [name for file in data["files"][:1] for columns in file["extracted"] for name in columns]
        if all(key in known for key in keys):
            return whole_files_by_key(reader, keys)
    size = settings.size or USUAL_TABLE_BYTES
    pieces = Cut(reader)
    if keys:
        return spool.by_key(data, pieces.stretches(), spool.Spool(folder_of(settings)), keys)
    if ordered or not reader.divisible:
        limit = spool.rows_for(size, settings.rows)
        return spool.in_order(data, pieces.stretches(), spool.Spool(folder_of(settings)), limit)
    return of_pieces(pieces.cut(size, settings.rows))


def folder_of(settings):
    return os.path.join(settings.scratch, "rows")


def of_pieces(pieces):
    for piece in pieces:
        # how many rows a step leaves out is known when they are read
        yield {"kind": "rows", "pieces": [piece], "items": None}


def whole_files_by_key(reader, keys):
    """The path of a file says what its rows have in the key columns: nothing is read to cut the table."""
    groups = {}
    for at, file in enumerate(reader.files):
        said = {}
        for columns in file["extracted"]:
            said.update(columns)
        values = tuple(value["date"] if isinstance(value, dict) else value for value in (said[key] for key in keys))
        groups.setdefault(values, []).append(at)
    for values, files in groups.items():
        pieces = [{"file": at, "start": 0, "end": None} for at in files]
        yield {"kind": "rows", "pieces": pieces, "items": None, "keys": dict(zip(keys, values))}


class Cut:
    """Where the files of a table can be cut."""

    def __init__(self, reader):
        self.reader = reader
        # a quote may hold line ends only where the table says so
        self.quoted = reader.format == "read_delimited" and bool(reader.options.get("support_multi_line"))

    def stretches(self):
        if not self.reader.divisible:
            return [{"file": at, "start": 0, "end": None} for at in range(len(self.reader.files))]
        return self.cut(STRETCH_BYTES, None)

    def cut(self, size, rows):
        for at, file in enumerate(self.reader.files):
            if self.reader.format == "read_parquet":
                bounds = self.parquet(file, size, rows)
            elif rows is None and not self.quoted:
                bounds = self.bytes(file, size)
            else:
                bounds = self.lines(file, size, rows)
            for start, end in bounds:
                yield {"file": at, "start": start, "end": end}

    def parquet(self, file, size, rows):
        meta = table.parquet(file["path"]).metadata
        total = meta.num_rows
        if rows is None:
            weight = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
            rows = max(1, size * total // max(1, weight))
        for start in range(0, total, rows):
            yield start, min(total, start + rows)

    def header(self, file):
        return bool(file.get("header", {}).get("skip"))

    def bytes(self, file, size):
        """Cut after the line in which the size is reached; what is between is never read."""
        whole = os.path.getsize(file["path"])
        with open(file["path"], "rb") as stream:
            start = 0
            # the header belongs to the first piece and has no share in its size
            at = len(stream.readline()) if self.header(file) else 0
            while at < whole:
                at += size
                if at < whole:
                    stream.seek(at - 1)
                    at += len(stream.readline()) - 1
                end = min(at, whole)
                yield start, end
                start = at = end

    def lines(self, file, size, rows):
        start = end = count = weight = 0
        open_quote = False
        header = self.header(file)
        with open(file["path"], "rb") as stream:
            for line in stream:
                end += len(line)
                if self.quoted and line.count(b'"') % 2:
                    open_quote = not open_quote
                if header:
                    header = open_quote
                    continue
                weight += len(line)
                if open_quote or not line.strip():
                    continue
                count += 1
                if count == rows if rows is not None else weight >= size:
                    yield start, end
                    start, count, weight = end, 0, 0
        if count:
            yield start, end
