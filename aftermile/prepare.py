"""Makes databases ready for their processes: roles, migrations, and the gateway's first account. Told by environment:

`AFTERMILE_POSTGRES_URL` (an admin) with `AFTERMILE_<NAME>_OWNER_PASSWORD` and `AFTERMILE_<NAME>_APP_PASSWORD`, or
`AFTERMILE_OWNER_URL` for migrations of a single database that somebody else has provisioned.
"""

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence

from aftermile.failures import Failure
from aftermile.provision import DatabaseUrls, close_maintenance_databases, migrate, provision_all

DEFAULT_STORE = {
    "AFTERMILE_STORE_CODE": "S001",
    "AFTERMILE_STORE_NAME": "Aftermile 示范店",
    "AFTERMILE_STORE_TIME_ZONE": "Asia/Shanghai",
}


class EnvironmentIncomplete(Failure):
    """A variable is missing; the text names it."""


def prepare(names: Sequence[str], environment: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Safe to run again: what is done already stays as it is."""
    urls = _urls(names, environment)
    for name in names:
        migrate(name, urls[name].owner)
        tell(f"{name}: database is current")
    if "gateway" in names and "AFTERMILE_ADMIN_PASSWORD" in environment:
        _bootstrap_gateway(urls["gateway"].application, environment)
        tell("gateway: first account is there")


def _urls(names: Sequence[str], environment: Mapping[str, str]) -> Mapping[str, DatabaseUrls]:
    if "AFTERMILE_POSTGRES_URL" in environment:
        passwords = {
            name: (
                _required(environment, f"AFTERMILE_{name.upper()}_OWNER_PASSWORD"),
                _required(environment, f"AFTERMILE_{name.upper()}_APP_PASSWORD"),
            )
            for name in names
        }
        return asyncio.run(provision_all(environment["AFTERMILE_POSTGRES_URL"], passwords))
    if len(names) != 1:
        raise EnvironmentIncomplete("set AFTERMILE_POSTGRES_URL, or one --database with AFTERMILE_OWNER_URL")
    application = environment.get("AFTERMILE_DATABASE_URL", "")
    return {names[0]: DatabaseUrls(_required(environment, "AFTERMILE_OWNER_URL"), application)}


def _required(environment: Mapping[str, str], variable: str) -> str:
    if not environment.get(variable):
        raise EnvironmentIncomplete(f"{variable} is not set")
    return environment[variable]


def _bootstrap_gateway(application_url: str, environment: Mapping[str, str]) -> None:
    """Imported by name: of the five packages the command line knows where they are, not what is in them."""
    database_class = importlib.import_module("chassis.database").Database
    bootstrap = importlib.import_module("gateway.bootstrap").bootstrap
    store = {**DEFAULT_STORE, **environment}

    async def run() -> None:
        database = database_class(application_url, pool_size=2)
        try:
            await bootstrap(
                database,
                environment["AFTERMILE_ADMIN_PASSWORD"],
                store_code=store["AFTERMILE_STORE_CODE"],
                store_name=store["AFTERMILE_STORE_NAME"],
                time_zone=store["AFTERMILE_STORE_TIME_ZONE"],
            )
        finally:
            await database.close()

    asyncio.run(run())


def close_server(environment: Mapping[str, str]) -> None:
    asyncio.run(close_maintenance_databases(_required(environment, "AFTERMILE_POSTGRES_URL")))
