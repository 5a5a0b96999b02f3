"""Webhooks of the registry: kept, checked, changed. What they send is tested where there is somebody to receive it."""
from suite import check, rows
from wire import fresh, same

MADE = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
URL = "https://1.1.1.1/hook"


def make(api, **more):
    asked = {"name": fresh("hook"), "url": URL, "events": [MADE], **more}
    return api.post("webhooks", **asked).ok()["webhook"]


@check("a webhook is kept, without its secret")
def _(api):
    made = make(api, description="about", secret="s3cret")
    same([made["url"], made["description"], made["status"], made["events"]], [URL, "about", "ACTIVE", [MADE]])
    assert "secret" not in made and made["creation_timestamp"] == made["last_updated_timestamp"] > 1_600_000_000_000, made
    same(api.get(f"webhooks/{made['webhook_id']}").ok()["webhook"], made)


@rows("an event {0} {1}", [
    ("REGISTERED_MODEL", "CREATED"), ("MODEL_VERSION", "CREATED"), ("MODEL_VERSION_TAG", "SET"), ("MODEL_VERSION_TAG", "DELETED"), ("MODEL_VERSION_ALIAS", "CREATED"), ("MODEL_VERSION_ALIAS", "DELETED"),
], "webhooks")
def _(api, entity, action):
    same(make(api, events=[{"entity": entity, "action": action}])["events"], [{"entity": entity, "action": action}])


@rows("an event {0} {1} is refused", [("REGISTERED_MODEL", "DELETED"), ("MODEL_VERSION", "SET"), ("MODEL_VERSION_ALIAS", "UPDATED")], "webhooks")
def _(api, entity, action):
    api.post("webhooks", name=fresh("hook"), url=URL, events=[{"entity": entity, "action": action}]).refused("INVALID_PARAMETER_VALUE")


@rows("an address is refused when it is {1}", [
    ("http://1.1.1.1/hook", "not encrypted"), ("ftp://1.1.1.1/hook", "no web address"), ("nonsense", "no address"), ("https://", "without a host"), ("https://127.0.0.1/x", "this machine"),
    ("https://localhost/x", "this machine by name"), ("https://10.0.0.1/x", "private"), ("https://192.168.1.1/x", "of a home"), ("https://169.254.169.254/latest", "of a cloud's metadata"),
    ("https://[::1]/x", "this machine in IPv6"), ("https://0.0.0.0/x", "any"), ("https://[::ffff:127.0.0.1]/x", "this machine in disguise"), ("", "empty"), ("file:///etc/passwd", "a file"),
    ("https://2130706433/x", "a number"), ("https://[fd00::1]/x", "private in IPv6"), ("https://100.64.0.1/x", "of a carrier"),
], "webhooks")
def _(api, url, _how):
    api.post("webhooks", name=fresh("hook"), url=url, events=[MADE]).refused("INVALID_PARAMETER_VALUE")


@rows("a name is refused when it is {1}", [("", "empty"), ("-a", "begun with a dash"), ("a b", "of two words"), ("a" * 64, "longer than 63"), ("a/b", "with a slash"), ("a-", "ended with a dash")], "webhooks")
def _(api, name, _how):
    api.post("webhooks", name=name, url=URL, events=[MADE]).refused("INVALID_PARAMETER_VALUE")


@rows("a webhook without {0} is refused", [("name",), ("url",), ("events",)], "webhooks")
def _(api, field):
    asked = {"name": fresh("hook"), "url": URL, "events": [MADE]}
    del asked[field]
    api.post("webhooks", **asked).refused("INVALID_PARAMETER_VALUE", field)


@check("a webhook without an event is refused")
def _(api):
    api.post("webhooks", name=fresh("hook"), url=URL, events=[]).refused("INVALID_PARAMETER_VALUE")


@check("a webhook changes what is named and nothing else")
def _(api):
    made = make(api, description="about")
    changed = api.patch(f"webhooks/{made['webhook_id']}", name=fresh("other"), status="DISABLED").ok()["webhook"]
    same([changed["status"], changed["description"], changed["url"], changed["events"]], ["DISABLED", "about", URL, [MADE]])
    assert changed["name"] != made["name"]
    event = {"entity": "MODEL_VERSION", "action": "CREATED"}
    changed = api.patch(f"webhooks/{made['webhook_id']}", events=[event], url="https://8.8.8.8/x", description="").ok()["webhook"]
    same([changed["events"], changed["url"], changed["status"]], [[event], "https://8.8.8.8/x", "DISABLED"])


@check("a changed address is checked")
def _(api):
    api.patch(f"webhooks/{make(api)['webhook_id']}", url="https://127.0.0.1/x").refused("INVALID_PARAMETER_VALUE")


@check("webhooks are listed in pages")
def _(api):
    mine = {make(api)["webhook_id"] for _ in range(3)}
    found, token = set(), None
    for _ in range(200):
        body = api.get("webhooks", max_results=2, **({"page_token": token} if token else {})).ok()
        assert len(body["webhooks"]) <= 2
        found |= {w["webhook_id"] for w in body["webhooks"]}
        token = body.get("next_page_token")
        if not token:
            break
    assert mine <= found


@rows("max_results {0} is refused", [(0,), (-1,), (1001,)], "webhooks")
def _(api, count):
    api.get("webhooks", max_results=count).refused("INVALID_PARAMETER_VALUE", "max_results")


@check("a deleted webhook is gone")
def _(api):
    id = make(api)["webhook_id"]
    same(api.delete(f"webhooks/{id}").ok(), {})
    api.get(f"webhooks/{id}").refused("RESOURCE_DOES_NOT_EXIST", "not found")


@rows("{0} of a webhook that is not there", [("GET",), ("PATCH",), ("DELETE",)], "webhooks")
def _(api, method):
    answer = api.get("webhooks/none") if method == "GET" else api.send(method, "webhooks/none", {"name": "x"})
    answer.refused("RESOURCE_DOES_NOT_EXIST")


@check("a test of a webhook that is not there")
def _(api):
    api.post("webhooks/none/test").refused("RESOURCE_DOES_NOT_EXIST")
