"""The published contracts: each process's OpenAPI document as a file, so that a change of it is seen in review."""

from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
from joserfc.jwk import OKPKey

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "contracts"
PROCESSES = ("customer", "workorder", "survey", "payroll", "gateway")


def contract(name: str) -> dict[str, Any]:
    """The document of one process; no database is opened and no key is kept."""
    package = "gateway" if name == "gateway" else f"services.{name}"
    key = OKPKey.generate_key("Ed25519", parameters={"kid": name})
    settings = import_module(f"{package}.settings").Settings(
        database_url="postgresql://nobody@localhost/none",
        jwks=orjson.dumps({"keys": [key.as_dict(private=False)]}).decode(),
        signing_key=orjson.dumps(key.as_dict(private=True)).decode(),
        privacy_key="QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY=",
        files_url="memory:///",
        log_level="ERROR",
    )
    document: dict[str, Any] = import_module(f"{package}.main").create_app(settings).openapi()
    return document


def written(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def write_contracts() -> list[Path]:
    paths = []
    for name in PROCESSES:
        path = FOLDER / f"{name}.openapi.json"
        path.write_bytes(written(contract(name)))
        paths.append(path)
    return paths


if __name__ == "__main__":
    write_contracts()
