"""The contract of a store that hosts share: it lets one of them run at a time."""

from abc import abstractmethod

from finews_spider.stores.base import Store


class LeaseStore(Store):
    """Lets one of several hosts run at a time. A store that lies on one host has no leases; a file is locked there."""

    @abstractmethod
    async def lease(self, name: str, holder: str, seconds: float) -> str:
        """Take or renew the lease *name*, and return who holds it now.

        The result is *holder*, or another holder whose lease hasn't expired. Only one of several callers gets it.

        :param seconds: how long the lease lasts by the clock of the store's server.
        """

    @abstractmethod
    async def release(self, name: str, holder: str) -> None:
        """Give up the lease *name*, if *holder* still holds it."""
