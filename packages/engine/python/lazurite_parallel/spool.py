"""Rows laid down in files of their own before they are handed out: where their order counts, or they go together by key."""
import os
import pickle

from .steps import Steps, height, pick
from .table import TableReader, size_in_memory


class Spool:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        os.makedirs(folder, exist_ok=True)

    def new(self):
        self.count += 1
        return os.path.join(self.folder, "%06d.rows" % self.count)

    @staticmethod
    def add(path, columns):
        with open(path, "ab") as file:
            pickle.dump(columns, file, protocol=4)


def passed(data, pieces):
    """Every stretch of rows that the steps leave, in order, with the number of its file."""
    reader, steps = TableReader(data), Steps(data["steps"])
    for piece in pieces:
        if steps.over:
            return
        columns = steps.apply(*reader.read(piece))
        if height(columns) > 0:
            yield piece["file"], columns


def in_order(data, pieces, spool, limit):
    """Mini-batches in the order of the rows. `limit` answers how many rows of a stretch make a mini-batch."""
    held, held_file = None, None
    for file, columns in passed(data, pieces):
        if held is not None and held_file == file:
            columns = {name: held.get(name, []) + values for name, values in columns.items()}
        elif held is not None:
            yield put(spool, held)
        held, held_file = None, None
        rows = limit(columns)
        at = 0
        while height(columns) - at >= rows:
            yield put(spool, pick(columns, range(at, at + rows)))
            at += rows
        if at < height(columns):
            held, held_file = pick(columns, range(at, height(columns))), file
    if held is not None:
        yield put(spool, held)


def put(spool, columns):
    path = spool.new()
    spool.add(path, columns)
    return {"kind": "rows", "spooled": [path], "items": height(columns)}


def by_key(data, pieces, spool, keys):
    """One mini-batch for every combination of values that the keys have, in the order in which they first appear."""
    found = {}
    for _, columns in passed(data, pieces):
        missing = [key for key in keys if key not in columns]
        if missing:
            yield missing[0]
            return
        groups = {}
        for at, values in enumerate(zip(*(columns[key] for key in keys))):
            groups.setdefault(values, []).append(at)
        for values, chosen in groups.items():
            if values not in found:
                found[values] = [spool.new(), 0]
            entry = found[values]
            entry[1] += len(chosen)
            spool.add(entry[0], pick(columns, chosen))
    for values, (path, items) in found.items():
        yield {"kind": "rows", "spooled": [path], "items": items, "keys": dict(zip(keys, map(plain, values)))}


def plain(value):
    """A key as JSON can carry it."""
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def rows_for(size, rows):
    """How many rows of a table make a mini-batch of so many bytes, or of so many rows."""
    if rows is not None:
        return lambda columns: rows
    return lambda columns: max(1, size * height(columns) // max(1, size_in_memory(columns)))
