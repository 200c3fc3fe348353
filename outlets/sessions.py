"""Session engine whose one statement says who asks: the session, its holder and their posts."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, FilteredRelation, Model, OuterRef
from django.utils import timezone

from outlets.models import Channel, Outlet, Post
from outlets.models.staff import has_only_verified, in_force
from portal import sessions
from portal.models import Session, User
from portal.prepared import Prepared, prepare

# A session, a moment and a day that do not exist; see _statement.
NO_KEY = "-"
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
NO_DAY = date(9999, 1, 2)
# What stands in a row, and the way there from a session.
PARTS: tuple[tuple[type[Model], str], ...] = (
    (User, "user__"),
    (Post, "held__"),
    (Channel, "held__channel__"),
    (Outlet, "held__channel__outlet__"),
)


class SessionStore(sessions.SessionStore):
    """``posts``: those that the holder has today, as ``Post.objects.held_by`` would give them."""

    posts: list[Post]

    def load(self) -> dict[str, Any]:
        now = timezone.now()
        rows = _statement().rows_at_first(
            key=self.session_key, now=now, today=timezone.localdate(now)
        )
        self.holder, self.posts = None, []
        if not rows:
            self._session_key = None  # as Django's: the next one gets a new key
            return {}
        for row in rows:
            user, post = _told(row)
            self.holder = self.holder or user
            if post is not None:
                self.posts.append(post)
        found: dict[str, Any] = self.decode(rows[0][0])
        return found


@cache
def _statement() -> Prepared:
    """A row for each post, or a single one without."""
    held = FilteredRelation("user__posts", condition=in_force(NO_DAY, "user__posts__"))
    rows = Session.objects.filter(session_key=NO_KEY, expire_date__gt=NEVER).annotate(
        held=held, only=has_only_verified(OuterRef("user"))
    )
    columns = [f"{way}{name}" for model, way in PARTS for name in _names(model)]
    told = rows.order_by(F("held__pk")).values_list("session_data", *columns, "only")
    names = {NO_KEY: "key", NEVER: "now", NO_DAY: "today"}
    return prepare(told, names, is_planned_once=True)


def _told(row: tuple[Any, ...]) -> tuple[User | None, Post | None]:
    at, found = 1, list[Any]()
    for model, _way in PARTS:
        names = _names(model)
        values = row[at : at + len(names)]
        at += len(names)
        is_there = values[names.index(_key(model))] is not None
        found.append(model.from_db(connection.alias, names, values) if is_there else None)
    user, post, channel, outlet = found
    if post is not None:
        # Also what is not there is known, as after select_related.
        channel._state.fields_cache["outlet"] = outlet
        if outlet is not None:
            outlet.channel = channel
        post.channel, post.has_only_verified = channel, row[-1]
    return user, post


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _key(model: type[Model]) -> str:
    assert model._meta.pk is not None  # noqa: S101 - it is in the database
    return str(model._meta.pk.attname)
