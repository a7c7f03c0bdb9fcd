"""What the workorder service is told by its environment."""

from chassis.settings import ProcessSettings


class Settings(ProcessSettings):
    service: str = "workorder"
    port: int = 8002
