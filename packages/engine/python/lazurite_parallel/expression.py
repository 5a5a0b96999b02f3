"""The filter texts of MLTables, as tests of rows. They are read as Python reads them; nothing of them is ever run."""
import ast
import operator

from .settings import Refused

ORDERS = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
WORDS = {"true": True, "false": False, "none": None, "null": None}


def read_filter(text):
    """A function of a row (column name to value)."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise Refused("the filter %s is not understood" % text[:200]) from None
    return _test(tree, text)


def _refuse(text):
    raise Refused('the filter %s is not understood: it compares col("name") with values, joined by and, or, not' % text)


def _test(node, text):
    if isinstance(node, (ast.BoolOp, ast.BinOp)):
        both = [node.left, node.right] if isinstance(node, ast.BinOp) else node.values
        parts = [_test(part, text) for part in both]
        if isinstance(node.op, (ast.And, ast.BitAnd)):
            return lambda row: all(part(row) for part in parts)
        if isinstance(node.op, (ast.Or, ast.BitOr)):
            return lambda row: any(part(row) for part in parts)
        _refuse(text)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        inner = _test(node.operand, text)
        return lambda row: not inner(row)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in ORDERS:
        left, right = _value(node.left, text), _value(node.comparators[0], text)
        order = ORDERS[type(node.ops[0])]
        return lambda row: _compare(left(row), right(row), order)
    if isinstance(node, ast.Call) and not node.keywords:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if isinstance(node.func, ast.Attribute) and name == "is_null" and not node.args:
            value = _value(node.func.value, text)
            return lambda row: value(row) is None
        if isinstance(node.func, ast.Name) and name in ("is_null", "is_error") and len(node.args) == 1:
            value = _value(node.args[0], text)
            return (lambda row: value(row) is None) if name == "is_null" else (lambda row: False)
    value = _value(node, text)
    return lambda row: value(row) is True


def _compare(left, right, order):
    if left is None or right is None:
        # what is missing is equal to nothing but what is missing, and neither less nor more
        same = left is None and right is None
        return same if order is operator.eq else not same if order is operator.ne else False
    try:
        return bool(order(left, right))
    except TypeError:
        return order is operator.ne


def _value(node, text):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "col" and len(node.args) == 1:
        name = _constant(node.args[0], text)
        return lambda row: row.get(name)
    constant = _constant(node, text)
    return lambda row: constant


def _constant(node, text):
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _constant(node.operand, text)
        if isinstance(number, (int, float)):
            return -number
    if isinstance(node, ast.Name) and node.id.lower() in WORDS:
        return WORDS[node.id.lower()]
    for kind, member in (("Constant", "value"), ("Str", "s"), ("Num", "n"), ("NameConstant", "value")):
        if type(node).__name__ == kind:
            return getattr(node, member)
    return _refuse(text)
