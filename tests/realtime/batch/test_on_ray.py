"""A batch on a Ray cluster of three nodes, from which an actor, a node and the driver are taken away."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import psutil
import pytest

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, Progress
from tests.realtime.batch.kept import faults
from tests.realtime.video.clips import Clip, make_clip, times
from tests.realtime.workers.ray_start import unless_too_busy

pytest.importorskip("ray", reason="Ray is not installed")

FILMS, FRAMES = 9, 14
MEMORY = 80 * 2**20
"""bytes of a node's object store, the least that Ray takes"""
PATIENCE_S = 120


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head without cores, as on a real cluster, and two nodes of one core."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        made = Cluster()
        try:
            with unless_too_busy():
                made.add_node(num_cpus=0, include_dashboard=False, object_store_memory=MEMORY)
                for _ in range(2):
                    made.add_node(num_cpus=1, object_store_memory=MEMORY)
            yield made
        finally:
            made.shutdown()


@pytest.fixture
def footage(tmp_path: Path) -> tuple[Path, dict[str, int]]:
    """Films, and what is to come of them."""
    clip = make_clip(tmp_path / "clip.mp4", Clip(pts=range(FRAMES))).read_bytes()
    (tmp_path / "footage").mkdir()
    for number in range(FILMS):
        (tmp_path / "footage" / f"{number}.mp4").write_bytes(clip)
    return tmp_path / "footage", {f"{number}_invert.mp4": FRAMES for number in range(FILMS)}


def painters() -> list[psutil.Process]:
    """The processes that paint, which are children of actors."""
    found = []
    for process in psutil.Process().children(recursive=True) + list(psutil.process_iter()):
        try:
            if "livebrush.realtime.workers.process" in process.cmdline() and process not in found:
                found.append(process)
        except psutil.Error:
            continue
    return found


def paint(footage: Path, style: Path, address: str, listen: Any = None) -> Any:
    batch = livebrush.Batch(
        footage,
        footage.parent / "painted",
        str(style),
        device="cpu",
        engine="ray",
        address=address,
        threads=1,
    )
    return batch.paint(on_event=listen)


def test_an_actor_that_is_killed_is_replaced_and_its_film_is_painted_by_another(
    cluster: Any, footage: tuple[Path, dict[str, int]], tiny_model: Path
) -> None:
    films, expected = footage
    killed: list[int] = []
    notes: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Finished) and not killed and (found := painters()):
            actor = found[0].parent()
            assert actor and "ray::" in " ".join(actor.cmdline())
            killed.append(actor.pid)
            actor.send_signal(signal.SIGKILL)
        if isinstance(event, Note):
            notes.append(event.text)

    told = paint(films, tiny_model, cluster.address, listen)
    assert killed and len(told.painted) == FILMS
    assert faults(films.parent / "painted", expected) == []
    assert all("went away" in note or "taken over" in note for note in notes)


def test_when_a_node_goes_the_others_paint_its_films(
    cluster: Any, footage: tuple[Path, dict[str, int]], tiny_model: Path
) -> None:
    films, expected = footage
    with unless_too_busy():
        node = cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
    gone: list[Any] = []

    def listen(event: Event) -> None:
        if isinstance(event, Finished) and not gone:
            gone.append(node)
            cluster.remove_node(node, allow_graceful=False)

    told = paint(films, tiny_model, cluster.address, listen)
    assert gone and len(told.painted) == FILMS
    assert faults(films.parent / "painted", expected) == []


def test_when_the_driver_is_killed_its_workers_end_and_the_same_command_goes_on(
    cluster: Any, footage: tuple[Path, dict[str, int]], tiny_model: Path
) -> None:
    films, expected = footage
    command = [
        sys.executable, "-m", "livebrush", "batch", str(films), "-o", str(films.parent / "painted"),
        "-s", str(tiny_model), "--engine", "ray", "--address", cluster.address, "--threads", "1", "--progress", "json",
    ]  # fmt: skip
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert driver.stdout
    for line in driver.stdout:
        if json.loads(line)["event"] == "finished":
            break
    workers = painters()
    driver.kill()
    driver.wait()
    driver.stdout.close()
    assert workers and psutil.wait_procs(workers, timeout=PATIENCE_S)[1] == []
    told = paint(films, tiny_model, cluster.address)
    assert told.done >= 1 and told.done + len(told.painted) == FILMS
    assert faults(films.parent / "painted", expected) == []


def test_a_long_film_is_painted_in_pieces_by_all(cluster: Any, tmp_path: Path, tiny_model: Path) -> None:
    """One of those that paint is killed meanwhile, and its piece is painted again."""
    (tmp_path / "footage").mkdir()
    film = Clip(pts=range(2000), time_base=Fraction(1), options={"g": "100", "preset": "ultrafast"})
    make_clip(tmp_path / "footage" / "long.mp4", film)
    killed: list[int] = []

    def listen(event: Event) -> None:
        if isinstance(event, Progress) and len(found := painters()) == 2 and not killed:
            killed.append(found[0].pid)
            found[0].kill()

    told = paint(tmp_path / "footage", tiny_model, cluster.address, listen)
    assert killed and [entry.frames for entry in told.painted] == [2000]
    assert times(tmp_path / "painted" / "long_invert.mp4") == times(tmp_path / "footage" / "long.mp4")
    assert faults(tmp_path / "painted", {"long_invert.mp4": 2000}) == []


@pytest.fixture
def head_with_a_token(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The address for clients of a head that lets nobody in without the token in their home, and the environment."""
    port, for_clients = free_port(), free_port()
    token = tmp_path / ".ray" / "auth_token"
    token.parent.mkdir()
    token.write_text(secrets.token_hex(32))
    programs = Path(sys.executable).parent  # where the head looks for Python, too
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")} | {
        "HOME": str(tmp_path), "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    command = [
        programs / "ray", "start", "--head", "--block", "--num-cpus", "1", "--include-dashboard", "false",
        "--port", str(port), "--ray-client-server-port", str(for_clients), "--object-store-memory", str(MEMORY),
    ]  # fmt: skip
    head = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_listens(for_clients, head)
        yield f"ray://127.0.0.1:{for_clients}", environment
    finally:
        started = psutil.Process(head.pid).children(recursive=True)
        head.terminate()
        psutil.wait_procs([psutil.Process(head.pid), *started], timeout=20)
        for process in started:
            with suppress(psutil.Error):
                process.kill()
        head.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_until_it_listens(port: int, head: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if head.poll() is not None:
            break
        time.sleep(0.5)
    pytest.skip("the machine is too busy to start Ray within the time that it allows")


def test_a_client_of_a_cluster_far_away_brings_its_token(
    head_with_a_token: tuple[str, dict[str, str]], footage: tuple[Path, dict[str, int]], tiny_model: Path
) -> None:
    """And is told where one may be missing."""
    films, expected = footage
    address, environment = head_with_a_token
    command = [
        sys.executable, "-W", "error", "-m", "livebrush", "batch", str(films), "-o", str(films.parent / "painted"),
        "-s", str(tiny_model), "--engine", "ray", "--address", address, "--threads", "1", "--device", "cpu",
    ]  # fmt: skip
    for _ in range(3):  # a head starts a server for each client, which on a busy machine takes it too long
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if "no Ray cluster at" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    assert faults(films.parent / "painted", expected) == []
    (films.parent / "painted" / "0_invert.mp4").unlink()
    elsewhere = environment | {"RAY_AUTH_MODE": "disabled"}
    refused = subprocess.run(command, env=elsewhere, capture_output=True, text=True)
    assert refused.returncode == 1 and "bring its ~/.ray/auth_token here" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_workers_that_never_come_up_end_the_batch_with_the_reason(
    cluster: Any, footage: tuple[Path, dict[str, int]], tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livebrush.realtime.workers import ray as module

    class NotInstalled(module.Actor):
        def __init__(self, cores: int, folder: str) -> None:
            raise ModuleNotFoundError("No module named 'livebrush'")

    monkeypatch.setattr(module, "Actor", NotInstalled)
    with pytest.raises(LivebrushError, match=r"no worker comes up .*No module named 'livebrush'") as told:
        paint(footage[0], tiny_model, cluster.address)
    assert told.value.code == "unavailable"


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path, tiny_model: Path) -> None:
    make_clip(tmp_path / "a.mp4", Clip(pts=range(FRAMES)))
    with pytest.raises(LivebrushError, match=r"no Ray cluster at 127\.0\.0\.1:1") as told:
        paint(tmp_path / "a.mp4", tiny_model, "127.0.0.1:1")
    assert told.value.code == "unavailable"
