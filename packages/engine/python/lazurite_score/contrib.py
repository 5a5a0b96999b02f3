"""What scripts import for requests and responses of their own: `azureml.contrib.services.aml_request` and `aml_response`.

Where Flask is there, they get its classes, as with azureml-inference-server-http; elsewhere classes of ours with what
scripts use of Flask's.
"""
import json
import sys
import types
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple
from urllib.parse import parse_qsl

from .message import Reply, Request

wanted_raw: List[Callable[..., Any]] = []


def rawhttp(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a run() that takes the request itself."""
    wanted_raw.append(function)
    return function


class HeaderBag:
    """Headers in their order, found by name in any case."""

    def __init__(self, pairs: Any = ()) -> None:
        given = pairs.items() if hasattr(pairs, "items") else pairs
        self.pairs: List[Tuple[str, str]] = [(str(name), str(value)) for name, value in given or ()]

    def get(self, name: str, default: Any = None) -> Any:
        return next((value for each, value in self.pairs if each.lower() == name.lower()), default)

    def getlist(self, name: str) -> List[str]:
        return [value for each, value in self.pairs if each.lower() == name.lower()]

    def add(self, name: str, value: Any) -> None:
        self.pairs.append((name, str(value)))

    add_header = add

    def set(self, name: str, value: Any) -> None:
        self.remove(name)
        self.add(name, value)

    __setitem__ = set

    def remove(self, name: str) -> None:
        self.pairs = [pair for pair in self.pairs if pair[0].lower() != name.lower()]

    __delitem__ = remove

    def __getitem__(self, name: str) -> str:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None

    def __iter__(self) -> Iterator[Tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def keys(self) -> List[str]:
        return [name for name, _ in self.pairs]

    def items(self) -> List[Tuple[str, str]]:
        return list(self.pairs)


class Arguments(HeaderBag):
    """Values of a query or form; names in their own case."""

    def get(self, name: str, default: Any = None, type: Optional[Callable[[str], Any]] = None) -> Any:
        found = next((value for each, value in self.pairs if each == name), None)
        if found is None:
            return default
        try:
            return type(found) if type else found
        except ValueError:
            return default

    def getlist(self, name: str) -> List[str]:
        return [value for each, value in self.pairs if each == name]

    def to_dict(self, flat: bool = True) -> Dict[str, Any]:
        return {name: self[name] if flat else self.getlist(name) for name in self.keys()}


class OwnRequest:
    """A request as Flask shows it: method, headers, args, data, form, json, url."""

    def __init__(self, request: Request) -> None:
        self.method = request.method
        self.path = request.path
        self.full_path = request.path + "?" + request.query
        self.query_string = request.query.encode()
        self.headers = HeaderBag(request.headers)
        self.args = Arguments(parse_qsl(request.query, keep_blank_values=True))
        self.data = request.body
        self.content_type = self.headers.get("Content-Type")
        self.mimetype = (self.content_type or "").partition(";")[0].strip().lower()
        self.content_length = len(request.body)
        self.host = self.headers.get("Host", "localhost")
        self.host_url = "http://%s/" % self.host
        self.base_url = self.host_url + request.target.partition("?")[0].lstrip("/")
        self.url = self.host_url + request.target.lstrip("/")

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        return self.data.decode("utf-8", "replace") if as_text else self.data

    @property
    def is_json(self) -> bool:
        return self.mimetype == "application/json" or (self.mimetype.startswith("application/") and self.mimetype.endswith("+json"))

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        if not (force or self.is_json):
            if silent:
                return None
            raise ValueError("the request has no content type of JSON")
        try:
            return json.loads(self.data)
        except ValueError:
            if silent:
                return None
            raise

    @property
    def json(self) -> Any:
        return self.get_json()

    @property
    def stream(self) -> Any:
        import io

        return io.BytesIO(self.data)

    @property
    def form(self) -> Arguments:
        return self._parts()[0]

    @property
    def files(self) -> Arguments:
        return self._parts()[1]

    def _parts(self) -> Tuple[Arguments, Arguments]:
        fields, files = Arguments(), Arguments()
        if self.mimetype == "application/x-www-form-urlencoded":
            fields.pairs = parse_qsl(self.get_data(as_text=True), keep_blank_values=True)
        elif self.mimetype == "multipart/form-data":
            from email.parser import BytesParser
            from email.policy import HTTP

            head = ("Content-Type: %s\r\n\r\n" % self.content_type).encode()
            for part in BytesParser(policy=HTTP).parsebytes(head + self.data).iter_parts():
                name = part.get_param("name", header="content-disposition")
                content = part.get_payload(decode=True) or b""
                if part.get_filename() is None:
                    fields.pairs.append((name, content.decode("utf-8", "replace")))
                else:
                    files.pairs.append((name, Upload(content, part.get_filename(), part.get_content_type())))
        return fields, files


class Upload:
    """A file of a form."""

    def __init__(self, content: bytes, filename: str, content_type: str) -> None:
        import io

        self.stream = io.BytesIO(content)
        self.filename = filename
        self.content_type = self.mimetype = content_type

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class OwnResponse:
    """A response as Flask makes it: body, status, headers, mimetype."""

    def __init__(self, response: Any = None, status: Any = 200, headers: Any = None, mimetype: Any = None, content_type: Any = None):
        self.response = b"" if response is None else response
        self.status_code = int(str(status).split()[0])
        self.headers = HeaderBag(headers or ())
        media = content_type or mimetype or "text/html"
        if "Content-Type" not in self.headers:
            text = media.startswith("text/") and "charset" not in media
            self.headers.set("Content-Type", media + "; charset=utf-8" if text else media)

    def get_data(self, as_text: bool = False) -> Any:
        pieces = [self.response] if isinstance(self.response, (str, bytes, bytearray)) else list(self.response)
        body = b"".join(each.encode() if isinstance(each, str) else bytes(each) for each in pieces)
        self.response = body
        return body.decode() if as_text else body

    def set_data(self, value: Any) -> None:
        self.response = value

    data = property(get_data, set_data)

    @property
    def is_streamed(self) -> bool:
        return not isinstance(self.response, (str, bytes, bytearray, list, tuple))

    def iter_encoded(self) -> Iterator[bytes]:
        return (each.encode() if isinstance(each, str) else bytes(each) for each in self.response)


def response_class(base: Any) -> Any:
    class AMLResponse(base):
        """A response of run(): message, status, headers; `json_str` sends the message as JSON."""

        def __init__(self, message: Any, status_code: int, response_headers: Any = None, json_str: bool = False, run_function_failed: bool = False):
            if message is None or json_str:
                text = json.dumps({} if message is None else message)
                super().__init__(text, status=status_code, mimetype="application/json")
            else:
                super().__init__(message, status=status_code)
            self.headers["x-ms-run-function-failed"] = str(run_function_failed)
            given = dict(response_headers or {})
            for name in given:
                if name.lower() == "content-type" and not json_str:
                    self.headers.remove(name)
            for name, value in given.items():
                for each in str(value).split(","):
                    self.headers.add(name, each.strip())

    return AMLResponse


def raw_request(request: Request) -> Any:
    """What a run() with @rawhttp is called with."""
    try:
        from flask import Request as FlaskRequest
    except ImportError:
        return OwnRequest(request)
    import io

    environ: Dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode("utf-8").decode("latin-1"),
        "QUERY_STRING": request.query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.header_dict().items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            environ["HTTP_" + key] = value
    return FlaskRequest(environ)


def is_response(value: Any) -> bool:
    return hasattr(value, "status_code") and hasattr(value, "headers") and hasattr(value, "iter_encoded")


def reply_of(response: Any) -> Reply:
    if getattr(response, "direct_passthrough", False):
        response.direct_passthrough = False
    own = ("content-length", "transfer-encoding", "connection")
    headers = [(str(name), str(value)) for name, value in response.headers.items() if name.lower() not in own]
    body = response.iter_encoded() if response.is_streamed else response.get_data()
    return Reply(response.status_code, headers, body)


class Lazy(types.ModuleType):
    """A module whose names are made when they are asked for: Flask takes a while to import."""

    def __init__(self, name: str, makers: Dict[str, Callable[[], Any]]) -> None:
        super().__init__(name)
        self.__dict__["_makers"] = makers

    def __getattr__(self, name: str) -> Any:
        makers = self.__dict__["_makers"]
        if name not in makers:
            raise AttributeError("module %r has no attribute %r" % (self.__name__, name))
        self.__dict__[name] = made = makers[name]()
        return made


def flask_class(name: str, other: Any) -> Any:
    try:
        import flask
    except ImportError:
        return other
    return getattr(flask, name)


def offer() -> None:
    """Makes the modules known to imports, under the names scripts use."""
    request_names = {"rawhttp": lambda: rawhttp, "AMLRequest": lambda: flask_class("Request", OwnRequest)}
    response_names = {"AMLResponse": lambda: response_class(flask_class("Response", OwnResponse))}
    request_module = Lazy("azureml.contrib.services.aml_request", request_names)
    response_module = Lazy("azureml.contrib.services.aml_response", response_names)
    for parent in ("azureml.contrib.services", "azureml_inference_server_http.api"):
        sys.modules[parent + ".aml_request"] = request_module
        sys.modules[parent + ".aml_response"] = response_module
