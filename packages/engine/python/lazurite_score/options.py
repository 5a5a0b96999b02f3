"""What the driver is told: arguments before environment variables before a configuration file."""
import argparse
import json
import os
import sys
from typing import Any, Dict, List, NamedTuple, Optional

default_app_root = "/var/azureml-app"


class Options(NamedTuple):
    entry_script: Optional[str]
    app_root: str
    source_dir: Optional[str]
    model_dir: str
    host: str
    port: int
    workers: int
    timeout_ms: int
    max_body_bytes: int
    cors_origins: List[str]
    log_level: str
    service_name: str
    service_version: str
    service_path_prefix: str
    names_itself: bool
    score_aliases: List[str]
    """Further paths of /score, and of / below: those by which other servers are called."""
    health_aliases: List[str]


def parse(argv: List[str]) -> Options:
    args = parser().parse_args(argv)
    if not (args.entry_script or args.config_file):
        parser().error("give --entry_script, or --config_file with AZUREML_ENTRY_SCRIPT in it")
    env = os.environ
    env.setdefault("AML_APP_ROOT", os.getcwd())
    if args.entry_script:
        env["AZUREML_ENTRY_SCRIPT"] = os.path.realpath(args.entry_script)
    if args.config_file:
        env["AZUREML_CONFIG_FILE"] = os.path.realpath(args.config_file)
    if args.model_dir is not None:
        env["AZUREML_MODEL_DIR"] = args.model_dir
    if args.access_control_allow_origins is not None:
        env["AML_CORS_ORIGINS"] = args.access_control_allow_origins
    if args.worker_count is not None:
        env["WORKER_COUNT"] = str(args.worker_count)
    env["SERVER_PORT"] = str(args.port)
    return read(args.host, args.port)


def read(host: str, port: int) -> Options:
    """The options of environment variables and the configuration file, as the processes of workers find them."""
    given = from_file()
    env = os.environ

    def value(name: str, key: str, default: Any) -> Any:
        return env.get(name, given.get(name, given.get(key, default)))

    return Options(
        entry_script=value("AZUREML_ENTRY_SCRIPT", "entry_script", None),
        app_root=value("AML_APP_ROOT", "app_root", default_app_root),
        source_dir=value("AZUREML_SOURCE_DIRECTORY", "source_dir", None),
        model_dir=value("AZUREML_MODEL_DIR", "azureml_model_dir", ""),
        host=host,
        port=port,
        workers=whole(value("WORKER_COUNT", "worker_count", 1), "WORKER_COUNT", 1),
        timeout_ms=whole(value("SCORING_TIMEOUT_MS", "scoring_timeout", 3600000), "SCORING_TIMEOUT_MS", 1),
        max_body_bytes=whole(env.get("LAZ_SCORE_MAX_BODY_BYTES", 100 * 1024 * 1024), "LAZ_SCORE_MAX_BODY_BYTES", 1),
        cors_origins=words(value("AML_CORS_ORIGINS", "cors_origins", None)),
        log_level=str(value("AZUREML_LOG_LEVEL", "log_level", "INFO")).upper(),
        service_name=value("SERVICE_NAME", "service_name", "ML service"),
        service_version=value("SERVICE_VERSION", "service_version", "1.0"),
        service_path_prefix=value("SERVICE_PATH_PREFIX", "service_path_prefix", ""),
        names_itself=str(env.get("SERVER_VERSION_LOG_RESPONSE_ENABLED", "true")).lower() == "true",
        score_aliases=words(env.get("LAZ_SCORE_ALIASES")),
        health_aliases=words(env.get("LAZ_HEALTH_ALIASES")),
    )


def words(text: Optional[str]) -> List[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def whole(text: Any, name: str, least: int) -> int:
    try:
        number = int(text)
    except (TypeError, ValueError):
        number = least - 1
    if number < least:
        print("%s: %r is not a whole number of at least %d" % (name, text, least), file=sys.stderr)
        raise SystemExit(3)
    return number


def from_file() -> Dict[str, Any]:
    """The configuration file that is named, or the `config.json` of the app root or beside the script."""
    env = os.environ
    places = [env.get("AZUREML_CONFIG_FILE")]
    places += [os.path.join(env.get("AML_APP_ROOT", default_app_root), "config.json")]
    if env.get("AZUREML_ENTRY_SCRIPT"):
        places += [os.path.join(os.path.dirname(os.path.abspath(env["AZUREML_ENTRY_SCRIPT"])), "config.json")]
    for place in places:
        if not place or not os.path.isfile(place) or os.path.getsize(place) == 0:
            continue
        try:
            with open(place, encoding="utf-8") as file:
                found = json.load(file)
        except (OSError, ValueError) as error:
            print("%s cannot be read as JSON: %s" % (place, error), file=sys.stderr)
            raise SystemExit(3) from None
        return found if isinstance(found, dict) else {}
    return {}


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(1, "%s: error: %s\n" % (self.prog, message))


def parser() -> Parser:
    made = Parser(prog="score_driver.py", description="Serves a script with init() and run() over HTTP.")
    made.add_argument("--entry_script", help="the script")
    made.add_argument("--config_file", help="a JSON file of environment variables")
    made.add_argument("--model_dir", help="AZUREML_MODEL_DIR of the script")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on")
    made.add_argument("--port", type=int, default=5001, help="port to listen on; 0 for any")
    made.add_argument("--worker_count", type=int, help="processes that run the script")
    made.add_argument("--access_control_allow_origins", help="origins of browsers that may call, comma between")
    return made
