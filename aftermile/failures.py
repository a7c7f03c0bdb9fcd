"""What can go wrong in the ordinary way: told in a sentence, without a traceback."""

from aftermile.binaries import PostgresUnavailable
from aftermile.keys import SecretsUnreadable
from aftermile.ports import PortBusy
from aftermile.prepare import EnvironmentIncomplete
from aftermile.provision import RoleTooPowerful
from aftermile.stack import StartFailed
from aftermile.state import AlreadyRunning

ORDINARY = (
    AlreadyRunning,
    EnvironmentIncomplete,
    PortBusy,
    PostgresUnavailable,
    RoleTooPowerful,
    SecretsUnreadable,
    StartFailed,
)
