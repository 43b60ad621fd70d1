"""Stars: a fact and the tables that it refers to, each row of it to one row of them.

A BI tool that relates tables this way counts each row of the fact once, whatever it
groups by. Which marts make a star stands in their yml (`meta: {data_source: sales}`),
and how they are related in their tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from retail_marts.clients.meta import Aggregation, Relation
from retail_marts.errors import InputError

if TYPE_CHECKING:
    # At run time, publishing imports this module.
    from retail_marts.publish.marts import Column, Mart


@dataclass(frozen=True)
class Member:
    """A table of a star.

    Attributes
    ----------
    name
        The mart's name. A mart that the root refers to twice, such as a product and a
        recommended product, is a table twice, with a name for each role.
    columns, to_columns
        Columns of the root, and the mart's key that they refer to. Empty for the root.
    repeats
        Whether a row of the mart meets many rows of the root: then its sums are wrong
        in any view of the root's rows.
    """

    name: str
    mart: Mart
    columns: tuple[str, ...] = ()
    to_columns: tuple[str, ...] = ()
    repeats: bool = False

    def hides(self, column: Column) -> bool:
        """Whether clients show this column: each key once, and no sum that repeats."""
        return (
            column.meaning.is_hidden
            or column.name in self.to_columns
            or (self.repeats and column.meaning.aggregation is Aggregation.SUM)
        )


@dataclass(frozen=True)
class Star:
    """A root and its members, for one data source."""

    name: str
    root: Member
    members: tuple[Member, ...]

    @property
    def tables(self) -> tuple[Member, ...]:
        return (self.root, *self.members)

    @property
    def marts(self) -> tuple[Mart, ...]:
        """Its marts, each once, the root last."""
        others = dict.fromkeys(member.mart for member in self.members)
        return (*others, self.root.mart)

    @property
    def names(self) -> set[str]:
        """The names that :meth:`find` knows."""
        return {
            column.name
            for table in self.tables
            for column in table.mart.columns
            if not table.hides(column)
        }

    def find(self, column: str) -> tuple[Member, Column]:
        """The table and column that a plain name means: the root's own comes first."""
        for table in self.tables:
            for found in table.mart.columns:
                if found.name == column and not table.hides(found):
                    return table, found
        raise KeyError(f"the star {self.name} shows no column {column}")


def stars_of(marts: Sequence[Mart]) -> list[Star]:
    """The stars of published marts, sorted by name.

    Raises
    ------
    InputError
        When several marts share a data source, and the others do not refer to one of
        them row by row.
    """
    known = {mart.full_name: mart for mart in marts}
    named = sorted(
        (mart.data_source, mart.full_name) for mart in marts if mart.data_source
    )
    return [
        _star(name, [known[full_name] for _, full_name in together], known)
        for name, together in groupby(named, key=lambda pair: pair[0])
    ]


def _star(name: str, together: Sequence[Mart], known: Mapping[str, Mart]) -> Star:
    roots = [
        mart
        for mart in together
        if all(_one_to_one(other, mart) for other in together if other is not mart)
    ]
    if len(roots) != 1:
        raise InputError(
            f"{', '.join(mart.full_name for mart in together)} share the data source "
            f"{name}, but the others refer to none of them row by row.",
            remedy="Give each fact a data_source of its own in the meta of its yml, or "
            "test that the key of the others refers to the key of one (refers_to).",
        )
    root = roots[0]
    members = [
        Member(other.name, other, relation.to_columns, relation.columns)
        for other in together
        if (relation := _one_to_one(other, root))
    ]
    taken = {root.name, *(member.name for member in members)}
    for relation in _reached(root, known):
        mart = known[relation.to]
        member_name = mart.name
        if member_name in taken:
            role = (c for c in relation.columns if c not in relation.to_columns)
            member_name = f"{mart.name}__{'_'.join(role)}"
        taken.add(member_name)
        members.append(
            Member(
                member_name, mart, relation.columns, relation.to_columns, repeats=True
            )
        )
    return Star(name, Member(root.name, root), tuple(members))


def _one_to_one(mart: Mart, to: Mart) -> Relation | None:
    """How the rows of a mart are rows of another: its key refers to the other's key."""
    for relation in mart.relations:
        if relation.to == to.full_name and _is_key(relation.columns, mart):
            return relation if _is_key(relation.to_columns, to) else None
    return None


def _reached(root: Mart, known: Mapping[str, Mart]) -> Iterator[Relation]:
    """The keys that the root's columns refer to, directly or by way of other marts.

    A business is reached through products, customers and stores, by the same column of
    the root: that is one relation. By other columns, it is another role.
    """
    waiting, seen = [*root.relations], set()
    while waiting:
        relation = waiting.pop(0)
        mart = known.get(relation.to)
        if relation in seen or mart is None or mart is root:
            continue
        seen.add(relation)
        if not _is_key(relation.to_columns, mart) or not _has(root, relation.columns):
            continue
        yield relation
        of_root = dict(zip(relation.to_columns, relation.columns, strict=True))
        for further in mart.relations:
            if set(further.columns) <= set(of_root):
                columns = tuple(of_root[column] for column in further.columns)
                waiting.append(Relation(columns, further.to, further.to_columns))


def _is_key(columns: Sequence[str], mart: Mart) -> bool:
    return any(set(columns) == set(key) for key in mart.keys) and _has(mart, columns)


def _has(mart: Mart, columns: Sequence[str]) -> bool:
    return set(columns) <= {column.name for column in mart.columns}
