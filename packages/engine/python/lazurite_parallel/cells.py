"""What the texts of a column mean: the same rules by which the server shows a table."""
import datetime
import re

WHOLE = re.compile(r"^[+-]?\d{1,18}$")
DECIMAL = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(nan|inf|infinity)$", re.IGNORECASE)
LEADING_ZERO = re.compile(r"^[+-]?0\d")
TRUTH = re.compile(r"^(true|false)$", re.IGNORECASE)
INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$")


class Misfit(ValueError):
    """A text is no value of the type."""


def infer(texts):
    """The narrowest type that every text has; empty ones say nothing."""
    said = [text.strip() for text in texts if text]
    if not said:
        return "string"
    if all(WHOLE.match(text) and not LEADING_ZERO.match(text) for text in said):
        return "int"
    if all(DECIMAL.match(text) and not LEADING_ZERO.match(text) for text in said):
        return "float"
    if all(TRUTH.match(text) for text in said):
        return "boolean"
    return "datetime" if all(INSTANT.match(text) for text in said) else "string"


def instant(text):
    """A time without a zone, in UTC."""
    found = INSTANT.match(text)
    if not found:
        raise Misfit(text)
    zone = found.group(4)
    plain = text[: len(text) - len(zone)] if zone else text
    plain = plain.replace("T", " ")
    shape = "%Y-%m-%d" + (" %H:%M" if found.group(1) else "") + (":%S" if found.group(2) else "")
    if found.group(3):
        plain = plain[: -len(found.group(3))] + found.group(3)[:7]
        shape += ".%f"
    at = datetime.datetime.strptime(plain, shape)
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        shift = datetime.timedelta(hours=hours, minutes=minutes)
        at = at - shift if zone[0] == "+" else at + shift
    return at


def whole(text):
    if not WHOLE.match(text):
        raise Misfit(text)
    return int(text)


def decimal(text):
    if not DECIMAL.match(text):
        raise Misfit(text)
    return float(text)


def truth(text):
    if not TRUTH.match(text):
        raise Misfit(text)
    return text.lower() == "true"


READERS = {"int": whole, "float": decimal, "boolean": truth, "datetime": instant}


def read_column(texts, kind, empty):
    """
    The values of a column. A text that does not fit the type that the first rows have makes the whole column of this
    mini-batch wider (float, then text), so that no value is lost. `empty` stands for what is empty.
    """
    if kind == "float":
        try:  # the common case, quickly
            return [float(text) if text else empty_of(text, None) for text in texts]
        except ValueError:
            pass
    reader = READERS.get(kind)
    if reader is None:
        return [text if text else empty_of(text, empty) for text in texts]
    try:
        return [reader(text.strip()) if text else empty_of(text, None) for text in texts]
    except ValueError:
        return read_column(texts, "float" if kind == "int" else "string", empty)


def empty_of(text, empty):
    return None if text is None else empty
