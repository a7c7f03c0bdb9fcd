"""Bodies of login, accounts, clients and stores."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.representation import RequestBody, ResponseBody

Name = Annotated[str, Field(min_length=1, max_length=100)]
Username = Annotated[str, Field(min_length=1, max_length=100, examples=["zhang.wei"])]
Password = Annotated[str, Field(max_length=1000, json_schema_extra={"format": "password"})]
Roles = Annotated[list[str], Field(max_length=20)]
EmployeeNumber = Annotated[str, Field(min_length=1, max_length=50, examples=["E01"])]


class Login(RequestBody):
    username: Annotated[str, Field(max_length=1000)]
    password: Password


class Refresh(RequestBody):
    refresh_token: Annotated[str, Field(max_length=200)]


class TokenRead(ResponseBody):
    """`refresh_token` is good for one use; a client has none and asks again with its secret."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str | None


class StoreOfCaller(ResponseBody):
    id: UUID
    code: str
    time_zone: str
    currency: str
    roles: list[str]
    employee: str | None


class Me(ResponseBody):
    subject: str
    kind: str
    name: str
    roles: list[str]
    stores: list[StoreOfCaller]
    store: str | None
    employee: str | None
    expires_at: datetime


class MembershipCreate(RequestBody):
    store_id: UUID
    roles: Roles
    employee: EmployeeNumber | None = None


class MembershipUpdate(RequestBody):
    roles: Roles
    employee: EmployeeNumber | None = None


class MembershipRead(ResponseBody):
    store_id: UUID
    store_code: str
    roles: list[str]
    employee: str | None


class AccountCreate(RequestBody):
    username: Username
    name: Name
    password: Password
    platform_roles: Annotated[list[str], Field(max_length=20, default_factory=list)]
    memberships: Annotated[list[MembershipCreate], Field(max_length=500, default_factory=list)]


class AccountUpdate(RequestBody):
    name: Name | None = None
    platform_roles: Roles | None = None


class PasswordReset(RequestBody):
    password: Password


class AccountRead(ResponseBody):
    id: UUID
    username: str
    name: str
    active: bool
    platform_roles: list[str]
    memberships: list[MembershipRead]
    version: int
    created_at: datetime
    updated_at: datetime


class ClientCreate(RequestBody):
    name: Name
    roles: Roles
    store_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class ClientRead(ResponseBody):
    id: UUID
    name: str
    roles: list[str]
    store_codes: list[str]
    created_at: datetime
    revoked_at: datetime | None


class ClientWithSecret(ClientRead):
    """The only time the secret is shown."""

    client_id: str
    client_secret: str


class StoreCreate(RequestBody):
    code: Annotated[str, Field(max_length=32, examples=["S1"])]
    name: Name
    time_zone: Annotated[str, Field(max_length=100, examples=["Asia/Shanghai"])]
    currency: Annotated[str, Field(max_length=3, examples=["CNY"])] = "CNY"


class StoreUpdate(RequestBody):
    """Code and currency stay: tokens, numbers and money written under them would change their meaning."""

    name: Name | None = None
    time_zone: Annotated[str, Field(max_length=100)] | None = None


class StoreRead(ResponseBody):
    id: UUID
    code: str
    name: str
    time_zone: str
    currency: str
    version: int
    created_at: datetime
    updated_at: datetime
