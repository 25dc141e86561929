"""The posts of one type of a site, looked up and written so that none comes twice: `Posts`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.sinks.wordpress._draft import held, request
from importer.sinks.wordpress._kind import META
from importer.sinks.wordpress._ledger import Doubt
from importer.sinks.wordpress._site import DoubtError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.sinks.wordpress._kind import Kind
    from importer.sinks.wordpress._ledger import Intent, Ledger
    from importer.sinks.wordpress._site import Answer, Site

__all__ = ["LookUp", "Posts", "Wish"]

AT_ONCE = 45
"""Slugs of one look-up: each may be in the trash too, and a page has 100 posts."""

RETRIES = 4

CALM_S = 0.5
"""Without a new post, before a site counts as done with a request that nobody waits for."""

TRASHED = "__trashed"


@dataclass(frozen=True, slots=True)
class LookUp:
    """What the site has under a slug.

    Attributes
    ----------
    post
        The post; None if there is none.
    why_not
        Why no row can be written to it; None if one can.
    trashed
        The post in the trash; None if there is none, or a post besides.
    """

    post: Mapping[str, Any] | None = None
    why_not: str | None = None
    trashed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A change of one post.

    Attributes
    ----------
    intent
        What is kept of it.
    fields
        What is sent.
    wanted
        All that the row wants of the post.
    post
        The post as it was; None if there was none.
    """

    intent: Intent
    fields: Mapping[str, Any]
    wanted: Mapping[str, Any]
    post: Mapping[str, Any] | None = None


class Posts:
    """Looks posts up by their slugs, and writes them in batches.

    Parameters
    ----------
    site, kind
        The site, and the type.
    ledger
        Where it keeps which posts were asked for twice.
    pretends
        Whether nothing is written, and later look-ups find what would have been.
    """

    def __init__(self, site: Site, kind: Kind, ledger: Ledger, *, pretends: bool) -> None:
        self._site, self._kind, self._ledger, self._pretends = site, kind, ledger, pretends
        self._pretended: dict[str, dict[str, Any]] = {}
        # Of an earlier run that was killed: the site may still be making them.
        self._unanswered: set[str] = set() if pretends else ledger.unanswered()
        self._newest: int | None = None

    def look_up(self, slugs: Sequence[str]) -> dict[str, LookUp]:
        """What the site has under each slug."""
        return self._look_up(slugs) if self._unanswered.isdisjoint(slugs) else self._in_calm(slugs)

    def _in_calm(self, slugs: Sequence[str]) -> dict[str, LookUp]:
        """What the site has under each slug once it no longer makes more of them."""
        found = self._look_up(slugs)
        while True:
            time.sleep(CALM_S)
            before, found = found, self._look_up(slugs)
            if all((found[slug].post is None) == (before[slug].post is None) for slug in slugs):
                return found

    def _look_up(self, slugs: Sequence[str]) -> dict[str, LookUp]:
        found: dict[str, LookUp] = {}
        for at in range(0, len(slugs), AT_ONCE):
            found |= self._looked_up(slugs[at : at + AT_ONCE])
        return found

    def carry_out(self, wishes: Sequence[Wish]) -> Iterator[tuple[Wish, Mapping[str, Any] | str]]:
        """Write each post, and give what the site has then, or why it refuses.

        Raises
        ------
        DoubtError
            If the site does not answer any more.
        """
        if self._pretends:
            yield from ((wish, self._pretend(wish)) for wish in wishes)
            return
        if wishes and self._newest is None:
            self._newest = self._newest_id()
        self._doubt(wish for wish in wishes if wish.intent.slug in self._unanswered)
        waiting, size = list(wishes), self._site.most
        failures: Counter[str] = Counter()
        while waiting:
            part, waiting = waiting[:size], waiting[size:]
            try:
                answers = self._site.batch([self._request(wish) for wish in part])
            except DoubtError as exc:
                size = max(1, len(part) // 2)
                failures.update(wish.intent.slug for wish in part)
                done, again, refused = self._after(part, exc, failures)
                yield from done
                yield from refused
                waiting = [*again, *waiting]
                continue
            for wish, answer in zip(part, answers, strict=True):
                yield wish, self._outcome(wish, answer)

    def drop_twins(self) -> None:
        """Delete posts of requests that were given up, and came to the site late after all."""
        doubts = self._ledger.doubts()
        twins = [f"{slug}-{number}" for slug in {one.slug for one in doubts} for number in range(2, 2 + RETRIES)]
        for at in range(0, len(twins), AT_ONCE):
            for post in self._listed(",".join(twins[at : at + AT_ONCE])):
                slug = post["slug"].rpartition("-")[0]
                ours = (one for one in doubts if one.slug == slug and post["id"] > one.newest)
                if any(self._holds(post, one.fields) for one in ours):
                    self._site.write("DELETE", f"{self._kind.path}/{post['id']}", {"force": True})

    def _looked_up(self, slugs: Sequence[str]) -> dict[str, LookUp]:
        by_slug: dict[str, list[dict[str, Any]]] = {slug: [] for slug in slugs}
        in_trash: dict[str, dict[str, Any]] = {}
        for post in self._listed(",".join([*slugs, *(f"{slug}{TRASHED}" for slug in slugs)])):
            slug = post["slug"].removesuffix(TRASHED)
            if post["status"] == "trash":
                in_trash[slug] = post
            elif post["slug"] in by_slug:
                by_slug[slug].append(post)
        return {slug: self._found(slug, posts, in_trash.get(slug)) for slug, posts in by_slug.items()}

    def _found(self, slug: str, posts: Sequence[dict[str, Any]], trashed: dict[str, Any] | None) -> LookUp:
        if slug in self._pretended:
            return LookUp(self._pretended[slug])
        if len(posts) > 1:
            ids = " and ".join(str(post["id"]) for post in posts)
            return LookUp(why_not=f"the posts {ids} both have its slug: change one of them in WordPress")
        if posts:
            return LookUp(posts[0])
        return LookUp(trashed=trashed)

    def _listed(self, slugs: str) -> list[dict[str, Any]]:
        """Posts of these slugs that this user may edit, with what they hold."""
        answer = self._site.get(self._kind.path, slug=slugs, status="any,trash", per_page=100, context="edit")
        if not answer.is_good or not isinstance(answer.body, list):
            raise self._site.refused(f"does not show its {self._kind.name}", answer)
        return answer.body

    def _newest_id(self) -> int:
        newest = self._site.get(self._kind.path, status="any", orderby="id", order="desc", per_page=1, _fields="id")
        return int(newest.body[0]["id"]) if newest.is_good and newest.body else 0

    def _request(self, wish: Wish) -> tuple[str, str, dict[str, Any]]:
        intent = wish.intent
        if intent.post_id is None:
            return "POST", self._kind.path, request(wish.fields) | {"slug": intent.slug}
        if intent.action == "create":
            # Out of the trash, where an undo has put it, and where every post has another slug.
            told = {"slug": intent.slug, "status": "draft"}
            return "POST", f"{self._kind.path}/{intent.post_id}", told | request(wish.fields)
        return "POST", f"{self._kind.path}/{intent.post_id}", request(wish.fields)

    def _after(
        self, part: Sequence[Wish], doubt: DoubtError, failures: Counter[str]
    ) -> tuple[list[tuple[Wish, Mapping[str, Any] | str]], list[Wish], list[tuple[Wish, str]]]:
        """What came of requests without an answer: the posts that are written, those to send again, those refused."""
        there = self._in_calm([wish.intent.slug for wish in part])
        self._doubt(part)
        done: list[tuple[Wish, Mapping[str, Any] | str]] = []
        again: list[Wish] = []
        refused: list[tuple[Wish, str]] = []
        for wish in part:
            slug = wish.intent.slug
            post = there[slug].post
            is_new = wish.intent.post_id is None
            if post is not None and (is_new or self._holds(post, wish.fields)):
                done.append((wish, post))
            elif failures[slug] <= RETRIES:
                again.append(wish)
            elif doubt.is_refused and len(part) == 1:
                refused.append((wish, f"the site fails with this post: {doubt}"))
            else:
                raise doubt
        return done, again, refused

    def _doubt(self, wishes: Iterable[Wish]) -> None:
        """Keep that these posts are asked for twice, unless they were there before."""
        new = [wish for wish in wishes if wish.intent.post_id is None]
        if new:
            self._ledger.doubt(Doubt(wish.intent.slug, wish.fields, self._newest or 0) for wish in new)

    def _outcome(self, wish: Wish, answer: Answer) -> Mapping[str, Any] | str:
        """The post, or why there is none."""
        slug = wish.intent.slug
        if not answer.is_good:
            return f"the site refuses it: {answer.said}"
        post: dict[str, Any] = answer.body
        if post["slug"] == slug:
            return post
        if wish.intent.post_id is None:
            # Somebody else was faster, or a lost request came to the site after all.
            self._site.write("DELETE", f"{self._kind.path}/{post['id']}", {"force": True})
        there = self.look_up([slug])[slug]
        if there.post is not None and self._holds(there.post, wish.fields):
            return there.post
        return there.why_not or f"the site gives it the slug {post['slug']!r}: something else has {slug!r}"

    def _holds(self, post: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
        fields = held(post, self._kind)
        return all(fields.get(name) == value for name, value in wanted.items())

    def _pretend(self, wish: Wish) -> Mapping[str, Any]:
        """The post as it would be."""
        slug = wish.intent.slug
        post = dict(wish.post or {"id": -1, "slug": slug})
        meta = dict(post.get("meta") or {})
        for name, value in wish.wanted.items():
            if name.startswith(META):
                meta[name.removeprefix(META)] = value
            else:
                post[name] = {"raw": value} if name in {"title", "content", "excerpt"} else value
        self._pretended[slug] = post | {"meta": meta}
        return self._pretended[slug]
