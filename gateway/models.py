"""Tables of the gateway: who may come in, what was written through it. Columns only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, LargeBinary, MetaData, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read once, by SQLAlchemy
        str: Text(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
        bytes: LargeBinary(),
    }


class Store(Base):
    """A shop. The table has no policy: a caller's stores are looked up before it is known for which one he acts."""

    __tablename__ = "store"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    currency: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Account(Base):
    """A member of staff who logs in. `platform_roles` hold in every store the account belongs to.

    No policy: an account spans stores, and is looked up by its name before there is a store.
    """

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    platform_roles: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(server_default="true")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Membership(Base):
    """What an account is in one store. It names a store and yet has no policy.

    Login and refresh read all memberships of one account, whatever the store, to write them into the token; every
    other query names the store or the account, and the rules of `identity.domain` decide who may see the row.
    """

    __tablename__ = "membership"

    store_id: Mapped[UUID] = mapped_column(ForeignKey("store.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    roles: Mapped[list[str]]
    employee: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Client(Base):
    """Another system that calls by client credentials; its secret is kept as a hash only. No policy: see Account."""

    __tablename__ = "client"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    name: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    roles: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]


class ClientStore(Base):
    """A store a client may act for. No policy, for the reason Membership has none."""

    __tablename__ = "client_store"

    store_id: Mapped[UUID] = mapped_column(ForeignKey("store.id"), primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), primary_key=True)


class LoginSession(Base):
    """One login and all the refresh tokens that came of it: they are revoked together."""

    __tablename__ = "login_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]


class RefreshToken(Base):
    """A refresh token by its hash; it is good for one use, and a second use revokes its session."""

    __tablename__ = "refresh_token"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("login_session.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]


class LoginAttempts(Base):
    """Failed and running attempts of one account name or one address in the present window."""

    __tablename__ = "login_attempts"

    subject: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    window_began: Mapped[datetime]


class AuditEntry(Base):
    """A call that may write: put down before it is made, completed after. An open entry is a call that was cut off.

    The policy shows a store its own entries, and entries without a store only to a transaction without one.
    A trigger lets an entry be completed once, and nothing else be done to it.
    """

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    store_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    subject: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    trace_id: Mapped[str]
    status: Mapped[int | None]
    duration_ms: Mapped[int | None]
    completed_at: Mapped[datetime | None]
