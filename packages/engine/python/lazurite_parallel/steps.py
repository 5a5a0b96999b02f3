"""The steps of an MLTable that work on rows, over columns: a dictionary of column name to list of values."""
import datetime
import json

from .cells import INSTANT, instant, read_column
from .expression import read_filter
from .settings import Refused

# steps whose outcome for a row depends on the rows before it: they see all rows in order, in one process
IN_ORDER = ("take", "skip", "take_random_sample")


def height(columns):
    for values in columns.values():
        return len(values)
    return 0


def pick(columns, chosen):
    return {name: [values[i] for i in chosen] for name, values in columns.items()}


class Steps:
    """Applies steps to one stretch of rows after the other; counts of `take` and `skip` go on between stretches."""

    def __init__(self, steps):
        self.steps = [(step["name"], step.get("argument")) for step in steps]
        self.state = [None] * len(self.steps)

    def apply(self, columns, file):
        extracted = 0
        for at, (name, argument) in enumerate(self.steps):
            if name.startswith("extract_"):
                add_constants(columns, file["extracted"][extracted])
                extracted += 1
            elif name in IN_ORDER:
                columns = getattr(self, name)(at, columns, argument)
            else:
                columns = PLAIN[name](columns, argument)
        return columns

    @property
    def over(self):
        """No later row can pass."""
        return any(name == "take" and self.state[at] == 0 for at, (name, _) in enumerate(self.steps))

    def take(self, at, columns, count):
        left = count if self.state[at] is None else self.state[at]
        rows = min(left, height(columns))
        self.state[at] = left - rows
        return {name: values[:rows] for name, values in columns.items()}

    def skip(self, at, columns, count):
        left = count if self.state[at] is None else self.state[at]
        rows = min(left, height(columns))
        self.state[at] = left - rows
        return {name: values[rows:] for name, values in columns.items()}

    def take_random_sample(self, at, columns, argument):
        """The same rows as the server chooses for the same seed."""
        seed = argument.get("seed")
        state = (int(seed) if isinstance(seed, (int, float)) else 0) & 0xFFFFFFFF
        state = state if self.state[at] is None else self.state[at]
        chosen = []
        for row in range(height(columns)):
            state = (state + 0x6D2B79F5) & 0xFFFFFFFF
            mixed = (state ^ (state >> 15)) * (1 | state) & 0xFFFFFFFF
            mixed = (mixed + ((mixed ^ (mixed >> 7)) * (61 | mixed) & 0xFFFFFFFF)) & 0xFFFFFFFF ^ mixed
            if ((mixed ^ (mixed >> 14)) & 0xFFFFFFFF) / 2**32 < argument["probability"]:
                chosen.append(row)
        self.state[at] = state
        return pick(columns, chosen)


def add_constants(columns, extracted):
    rows = height(columns)
    for name, value in extracted.items():
        columns[name] = [instant(value["date"]) if isinstance(value, dict) else value] * rows


def names_of(argument):
    return argument if isinstance(argument, list) else [argument]


def keep_columns(columns, argument):
    missing = [name for name in names_of(argument) if name not in columns]
    if missing:
        raise Refused("the step keep_columns of the MLTable names a column that is not there: %s" % missing[0])
    return {name: columns[name] for name in names_of(argument)}


def drop_columns(columns, argument):
    gone = set(names_of(argument))
    return {name: values for name, values in columns.items() if name not in gone}


def filter_rows(columns, argument):
    test = read_filter(argument)
    names = list(columns)
    rows = zip(*columns.values()) if names else ()
    return pick(columns, [at for at, row in enumerate(rows) if test(dict(zip(names, row)))])


def convert_column_types(columns, argument):
    for entry in names_of(argument):
        convert = converter(entry.get("column_type"))
        for name in names_of(entry.get("columns")):
            if name in columns:
                columns[name] = convert(columns[name])
    return columns


PLAIN = {
    "keep_columns": keep_columns,
    "drop_columns": drop_columns,
    "filter": filter_rows,
    "convert_column_types": convert_column_types,
}


def text_of(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def converter(kind):
    name, options = next(iter(kind.items())) if isinstance(kind, dict) and kind else (kind, None)
    if name == "string":
        return lambda values: [text_of(value) for value in values]
    if name == "float":
        return lambda values: [number_of(value) for value in values]
    if name == "int":
        return lambda values: [None if value is None else int(value) for value in map(number_of, values)]
    if name == "boolean":
        return lambda values: [truth_of(value, options or {}) for value in values]
    if name == "datetime":
        return lambda values: [date_of(value, options or {}) for value in values]
    return lambda values: values


def number_of(value):
    if value is None or isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, bool):
        return int(value)
    (number,) = read_column([text_of(value)], "float", None)
    return number if isinstance(number, float) and number == number and abs(number) != float("inf") else None


def truth_of(value, options):
    if value is None or isinstance(value, bool):
        return value
    text = text_of(value).lower()

    def words(key, usual):
        given = options.get(key, usual)
        return [str(word).lower() for word in (given if isinstance(given, list) else [given])]

    if text in words("true_values", ["true", "1", "1.0", "yes"]):
        return True
    if text in words("false_values", ["false", "0", "0.0", "no"]):
        return False
    mismatch = str(options.get("mismatch_as", "error")).lower()
    return mismatch == "true" if mismatch in ("true", "false") else None


def date_of(value, options):
    if value is None or isinstance(value, datetime.datetime):
        return value
    text = text_of(value).strip()
    formats = options.get("formats") or []
    for shape in formats if isinstance(formats, list) else [formats]:
        try:
            return datetime.datetime.strptime(text, shape)
        except ValueError:
            pass
    return instant(text) if not formats and INSTANT.match(text) else None
