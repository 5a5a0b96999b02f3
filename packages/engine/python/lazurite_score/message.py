"""A request and a reply between the parts of the driver; plain enough to be sent to another process."""
import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import parse_qsl, unquote_to_bytes

Headers = List[Tuple[str, str]]


class Request(NamedTuple):
    method: str
    target: str
    """Path and query as they came."""
    headers: Headers
    """Names as `Content-Type`."""
    body: bytes

    @property
    def path(self) -> str:
        return unquote_to_bytes(self.target.partition("?")[0]).decode("utf-8", "replace")

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> Optional[str]:
        found = [value for each, value in self.headers if each.lower() == name.lower()]
        return ",".join(found) if found else None

    def header_dict(self) -> Dict[str, str]:
        joined: Dict[str, str] = {}
        for name, value in self.headers:
            joined[name] = joined[name] + "," + value if name in joined else value
        return joined

    def arguments(self) -> Dict[str, List[str]]:
        listed: Dict[str, List[str]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            listed.setdefault(name, []).append(value)
        return listed


class Reply(NamedTuple):
    status: int
    headers: Headers
    body: Any
    """Bytes, or an iterator of pieces that are sent as they come (an asynchronous one towards the network)."""


def json_reply(status: int, value: Any, headers: Optional[Headers] = None) -> Reply:
    body = json.dumps(value).encode()
    return Reply(status, [("Content-Type", "application/json")] + (headers or []), body)


def failure(status: int, message: str, run_failed: bool = False) -> Reply:
    return json_reply(status, {"message": message}, [("x-ms-run-function-failed", str(run_failed))])
