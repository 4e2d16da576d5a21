"""Which workers a name stands for."""

from livebrush.models.errors import LivebrushError
from livebrush.realtime.workers.local import LocalWorkers
from livebrush.realtime.workers.port import Workers

ENGINES = ("local", "ray")


def workers_on(
    engine: str,
    count: int | None = None,
    cores: int | None = None,
    gpus: bool = False,
    address: str | None = None,
) -> Workers:
    """Workers, not started yet.

    engine:  "local": processes of this machine; "ray": those of a Ray cluster
    count:   None: 1 of this machine, or as many as the cluster has room for
    cores:   for each; None: here an equal share, on Ray 4 or what the smallest machine has
    gpus:    on Ray each takes a GPU, where the cluster has any
    address: of the cluster's head, such as ray://head:10001; None: RAY_ADDRESS, or a cluster of this machine alone
    raises:  LivebrushError for an unknown engine, and where Ray is not installed
    """
    if engine == "ray":
        from livebrush.realtime.workers.ray import RayWorkers

        return RayWorkers(count, cores, gpus, address)
    if engine != "local":
        raise LivebrushError(f"there is no engine {engine!r}: take {' or '.join(ENGINES)}", code="not_found")
    if address is not None:
        raise LivebrushError(
            "the address of a cluster is for the engine ray",
            code="conflict",
            remedy="leave_out",
            field="address",
        )
    return LocalWorkers(count or 1, cores)
