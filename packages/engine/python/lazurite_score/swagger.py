"""The description of the service: files of the user's in the app root, or one made from what is known of run()."""
import json
import os
from typing import Any, Callable, Dict, Optional, Tuple

from .options import Options

aliases = {"2": "2", "2.0": "2", "3": "3", "3.0": "3", "3.1": "3.1"}


def describe(options: Options, run: Callable[..., Any]) -> Dict[str, Dict[str, Any]]:
    """Descriptions by version: `2`, `3`, `3.1`."""
    made = {version: from_file(options.app_root, version) or make(version, options, run) for version in ("2", "3", "3.1")}
    return {version: found for version, found in made.items() if found is not None}


def from_file(root: str, version: str) -> Optional[Dict[str, Any]]:
    for name in (["swagger.json"] if version == "2" else []) + ["swagger%s.json" % version]:
        path = os.path.join(root, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
    return None


def schemas_of(run: Callable[..., Any], version: str) -> Optional[Tuple[Any, Any]]:
    anything = {"type": "object", "example": {}}
    try:
        from inference_schema import schema_util
    except ImportError:
        return anything, anything
    if not schema_util.is_schema_decorated(run):
        return anything, anything
    supported = schema_util.get_supported_versions(run)
    if all(alias not in supported for alias, each in aliases.items() if each == version):
        return None
    return schema_util.get_input_schema(run), schema_util.get_output_schema(run)


def make(version: str, options: Options, run: Callable[..., Any]) -> Optional[Dict[str, Any]]:
    schemas = schemas_of(run, version)
    if schemas is None:
        return None
    name = options.service_name
    prefix = "/" + options.service_path_prefix.strip("/") if options.service_path_prefix else ""
    info = {"title": name, "description": "How to call %s" % name, "version": options.service_version}
    where = "#/definitions/" if version == "2" else "#/components/schemas/"
    shapes = {
        "ServiceInput": schemas[0],
        "ServiceOutput": schemas[1],
        "ErrorResponse": {"type": "object", "properties": {"message": {"type": "string"}}},
    }

    def answer(text: str, schema: Dict[str, Any], media: str = "application/json") -> Dict[str, Any]:
        return {"description": text, **({"schema": schema} if version == "2" else {"content": {media: {"schema": schema}}})}

    def act(identity: str, text: str, good: Dict[str, Any], **more: Any) -> Dict[str, Any]:
        error = answer("It failed.", {"$ref": where + "ErrorResponse"})
        return {"operationId": identity, "description": text, **more, "responses": {"200": good, "default": error}}

    text = {"type": "string"}
    takes = {"$ref": where + "ServiceInput"}
    if version == "2":
        given: Dict[str, Any] = {"parameters": [{"name": "serviceInputPayload", "in": "body", "schema": takes}]}
    else:
        given = {"requestBody": {"content": {"application/json": {"schema": takes}}}}
    score = act("RunMLService", "Calls run() of the scoring script.", answer("What it returned.", {"$ref": where + "ServiceOutput"}))
    asked: Dict[str, Any] = {"name": "version", "in": "query", "required": False}
    kinds = {"type": "string", "enum": sorted(aliases)}
    asked.update(kinds if version == "2" else {"schema": kinds})
    paths = {
        prefix + "/": {"get": act("ServiceHealthCheck", "Whether it runs.", answer("It does.", text, "text/plain"))},
        prefix + "/score": {"post": {**score, **given, "security": [{"Bearer": []}]}},
        prefix + "/swagger.json": {
            "get": act("GetSwaggerSpec", "This description.", answer("It.", {"type": "object"}), parameters=[asked])
        },
    }
    if version == "2":
        bearer = {"type": "apiKey", "name": "Authorization", "in": "header", "description": "Bearer <key>"}
        head = {"swagger": "2.0", "info": info, "schemes": ["https"], "consumes": ["application/json"], "produces": ["application/json"]}
        return {**head, "securityDefinitions": {"Bearer": bearer}, "paths": paths, "definitions": shapes}
    bearer = {"type": "http", "scheme": "bearer"}
    head = {"openapi": "3.1.0" if version == "3.1" else "3.0.3", "info": info}
    return {**head, "paths": paths, "components": {"securitySchemes": {"Bearer": bearer}, "schemas": shapes}}
