"""Registered models: made, described, renamed, tagged, aliased, deleted."""
from suite import check, rows
from wire import fresh, pairs, same, words


def get(api, name):
    return api.get("registered-models/get", name=name).ok()["registered_model"]


@check("a model is made with tags and a description")
def _(api):
    name = fresh("model")
    made = api.post("registered-models/create", name=name, tags=pairs({"a": "1"}), description="about").ok()["registered_model"]
    same([made["name"], words(made["tags"]), made["description"]], [name, {"a": "1"}, "about"])
    assert made["creation_timestamp"] == made["last_updated_timestamp"] > 1_600_000_000_000, made
    same(get(api, name), made)


@check("a new model has no versions and no aliases")
def _(api):
    found = get(api, api.model())
    same([found.get("latest_versions"), found.get("aliases")], [None, None])


@check("a name is taken once")
def _(api):
    name = api.model()
    api.post("registered-models/create", name=name).refused("RESOURCE_ALREADY_EXISTS", rf"Registered Model \(name={name}\) already exists")


@rows("a name is refused when it is {1}", [("", "empty"), ("a/b", "with a slash"), ("a:b", "with a colon"), (" ", "blank")], "registry")
def _(api, name, _how):
    api.post("registered-models/create", name=name).refused("INVALID_PARAMETER_VALUE")


@rows("a name may be {1}", [("a.b-c_d", "of dots, dashes and lines"), ("with space", "of two words"), ("ünïcode", "of any script"), ("UPPER", "upper case"), ("1", "a number")], "registry")
def _(api, name, _how):
    name = f"{name}{fresh('')}"
    same(get(api, api.model(name))["name"], name)


@check("a model that is not there")
def _(api):
    api.get("registered-models/get", name="none").refused("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found")


@check("a description is changed")
def _(api):
    name = api.model()
    made = api.patch("registered-models/update", name=name, description="new").ok()["registered_model"]
    same([made["description"], get(api, name)["description"]], ["new", "new"])


@check("a description of a model that is not there")
def _(api):
    api.patch("registered-models/update", name="none", description="x").refused("RESOURCE_DOES_NOT_EXIST")


@check("a renamed model keeps its tags, versions and aliases")
def _(api):
    name, new = api.model(tags=pairs({"a": "1"})), fresh("renamed")
    api.version(name)
    api.post("registered-models/alias", name=name, alias="best", version="1").ok()
    same(api.post("registered-models/rename", name=name, new_name=new).ok()["registered_model"]["name"], new)
    found = get(api, new)
    same([words(found["tags"]), [v["version"] for v in found["latest_versions"]], found["aliases"]], [{"a": "1"}, ["1"], [{"alias": "best", "version": "1"}]])
    same(api.get("model-versions/get", name=new, version="1").ok()["model_version"]["name"], new)
    api.get("registered-models/get", name=name).refused("RESOURCE_DOES_NOT_EXIST")


@check("a rename to a name that is taken is refused")
def _(api):
    api.post("registered-models/rename", name=api.model(), new_name=api.model()).refused("RESOURCE_ALREADY_EXISTS")


@check("a rename of a model that is not there")
def _(api):
    api.post("registered-models/rename", name="none", new_name=fresh("x")).refused("RESOURCE_DOES_NOT_EXIST")


@check("a rename without a name is refused")
def _(api):
    api.post("registered-models/rename", name=api.model()).refused("INVALID_PARAMETER_VALUE", "new_name")


@check("a deleted model is gone with its versions")
def _(api):
    name = api.model()
    api.version(name)
    same(api.delete("registered-models/delete", name=name).ok(), {})
    api.get("registered-models/get", name=name).refused("RESOURCE_DOES_NOT_EXIST")
    api.get("model-versions/get", name=name, version="1").refused("RESOURCE_DOES_NOT_EXIST")


@check("a name is free again after its model is deleted")
def _(api):
    name = api.model()
    api.delete("registered-models/delete", name=name).ok()
    api.model(name)


@check("a model that is not there cannot be deleted")
def _(api):
    api.delete("registered-models/delete", name="none").refused("RESOURCE_DOES_NOT_EXIST")


@check("a tag is set, changed and deleted")
def _(api):
    name = api.model()
    for value in ("1", "2"):
        same(api.post("registered-models/set-tag", name=name, key="k", value=value).ok(), {})
    same(words(get(api, name)["tags"]), {"k": "2"})
    same(api.delete("registered-models/delete-tag", name=name, key="k").ok(), {})
    same(words(get(api, name).get("tags")), {})


@check("a tag that is not there may be deleted")
def _(api):
    same(api.delete("registered-models/delete-tag", name=api.model(), key="k").ok(), {})


@rows("a tag is refused when {2}", [("k" * 251, "v", "its key is longer than 250"), ("k", "v" * 100_001, "its value is longer than 100000"), ("a//b", "v", "its key is another path"), ("", "v", "it has no key")], "registry")
def _(api, key, value, _how):
    api.post("registered-models/set-tag", name=api.model(), key=key, value=value).refused("INVALID_PARAMETER_VALUE")


@rows("{0} of a tag of a model that is not there", [("POST", "set-tag"), ("DELETE", "delete-tag")], "registry")
def _(api, method, verb):
    api.send(method, f"registered-models/{verb}", {"name": "none", "key": "k", "value": "v"}).refused("RESOURCE_DOES_NOT_EXIST")


@check("an alias names a version, moves and goes")
def _(api):
    name = api.model()
    for _ in range(2):
        api.version(name)
    for version in ("1", "2"):
        same(api.post("registered-models/alias", name=name, alias="best", version=version).ok(), {})
        same(api.get("registered-models/alias", name=name, alias="best").ok()["model_version"]["version"], version)
    same(get(api, name)["aliases"], [{"alias": "best", "version": "2"}])
    same(api.get("model-versions/get", name=name, version="2").ok()["model_version"]["aliases"], ["best"])
    same(api.get("model-versions/get", name=name, version="1").ok()["model_version"].get("aliases"), None)
    same(api.delete("registered-models/alias", name=name, alias="best").ok(), {})
    api.get("registered-models/alias", name=name, alias="best").refused("INVALID_PARAMETER_VALUE", "Registered model alias best not found")


@check("an alias that is not there may be deleted")
def _(api):
    same(api.delete("registered-models/alias", name=api.model(), alias="none").ok(), {})


@check("the alias latest is the newest version")
def _(api):
    name = api.model()
    for _ in range(2):
        api.version(name)
    same(api.get("registered-models/alias", name=name, alias="latest").ok()["model_version"]["version"], "2")


@rows("an alias is refused when it is {1}", [
    ("latest", "reserved"), ("Latest", "reserved in another case"), ("v1", "like a version"), ("V22", "like a version in another case"),
    ("a b", "of two words"), ("a.b", "with a dot"), ("a" * 256, "longer than 255"), ("", "empty"), ("a/b", "with a slash"),
], "registry")
def _(api, alias, _how):
    name = api.model()
    api.version(name)
    api.post("registered-models/alias", name=name, alias=alias, version="1").refused("INVALID_PARAMETER_VALUE")


@check("an alias of a version that is not there")
def _(api):
    api.post("registered-models/alias", name=api.model(), alias="best", version="9").refused("RESOURCE_DOES_NOT_EXIST")


@check("an alias of a model that is not there")
def _(api):
    api.get("registered-models/alias", name="none", alias="best").refused("RESOURCE_DOES_NOT_EXIST")
