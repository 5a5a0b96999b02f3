"""ONNX models of one operator, written without the package onnx: protocol buffers by hand."""


def field(number, value):
    """One field of a protocol buffer: a whole number, or bytes."""
    if isinstance(value, int):
        return bytes([number << 3]) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def port(name, element, *sizes):
    dims = b"".join(field(1, field(2, each) if isinstance(each, str) else field(1, each)) for each in sizes)
    return field(1, name) + field(2, field(1, field(1, element) + field(2, dims)))


def model(operator, inputs, element, *sizes):
    """One operator over inputs of the same type and shape."""
    node = b"".join(field(1, name) for name in inputs) + field(2, "y") + field(4, operator)
    graph = field(1, node) + field(2, "g")
    graph += b"".join(field(11, port(name, element, *sizes)) for name in dict.fromkeys(inputs))
    graph += field(12, port("y", element, *sizes))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))
