"""What a runtime keeps for its workers, read aside from them: Durable Objects and datasets."""

import asyncio
from typing import Any

from common.json_types import Json
from local.runtime.analytics.points import Points
from local.runtime.configuration.environment import Layout
from local.runtime.objects import stored


class StoredData:
    """The part of a runtime that reads what lies in its directory."""

    _layout: Layout
    _points: Points

    def stored_objects(self, namespace: str) -> list[str]:
        """Return the ids of the Durable Objects that *namespace*, by its unique key, keeps."""
        return stored.stored_objects(self._layout.disk("objects") / namespace)

    async def query_object(
        self, namespace: str, *, object_id: str | None, name: str | None, statements: list[Json]
    ) -> list[Json]:
        """Read from the storage of one Durable Object, by its id or its *name*.

        Raises `RefusedError` when there is no such object or SQLite refuses.
        """
        folder = self._layout.disk("objects") / namespace
        found = object_id or stored.named(folder, name or "")
        return await asyncio.to_thread(stored.query, folder, found, statements)

    async def datasets(self) -> list[str]:
        """Name the datasets of Analytics Engine that have a point."""
        return await self._points.datasets()

    async def select_points(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a SELECT of SQLite over the points of Analytics Engine; return its rows.

        Raises `RefusedError` where that fails.
        """
        return await self._points.select(sql)
