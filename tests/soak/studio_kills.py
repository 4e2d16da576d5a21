"""A studio that is killed again and again: python -m tests.soak.studio_kills

Many people order jobs, while worker and server are killed by -9 at random moments. In the end every order must have
its results, each of them once, the right pixels in them, and no process may be left.
"""

import os
import random
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import psutil
from PIL import Image

from tests.realtime.studio.work.studio import Client, ServerProcess
from tests.tiny_models import write_tiny_model

OWNERS = 5
PATIENCE_S = 3600


class Crowd:
    """Owners with their photos and jobs. ordered: job -> its owner and photo"""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.folder, self.left = folder, jobs
        self.ordered: dict[str, tuple[int, np.ndarray]] = {}
        self._random = np.random.default_rng(0)

    def order(self, client: Client) -> None:
        """The next job; an order that was cut off by a kill is not counted, and ordered again."""
        owner = len(self.ordered) % OWNERS
        pixels = self._random.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        path = self.folder / "photo.png"
        Image.fromarray(pixels).save(path)
        client.http.headers["X-Livebrush-Owner"] = secret_of(owner)
        job = client.order(client.upload(path), ["invert"])
        self.ordered[job["id"]] = owner, pixels
        self.left -= 1

    def finished(self, client: Client) -> dict[str, dict]:
        told = {}
        for owner in range(OWNERS):
            client.http.headers["X-Livebrush-Owner"] = secret_of(owner)
            told |= {
                job["id"]: job for job in client.jobs() if job["state"] in ("done", "failed", "cancelled")
            }
        return told

    def faults(self, client: Client) -> list[str]:
        """What is wrong with what came of the orders."""
        finished, faults = self.finished(client), []
        for job, (_, pixels) in self.ordered.items():
            told = finished.get(job)
            if told is None or told["state"] != "done" or len(told["results"]) != 1:
                faults.append(f"{job}: {told}")
                continue
            content = client.http.get(told["results"][0]["url"]).raise_for_status().content
            (self.folder / "result.png").write_bytes(content)
            if not np.array_equal(np.asarray(Image.open(self.folder / "result.png")), 255 - pixels):
                faults.append(f"{job}: other pixels")
        return faults


def secret_of(owner: int) -> str:
    return f"{owner}" * 32


@click.command()
@click.option("--jobs", default=100, show_default=True)
@click.option("--kills", default=10, show_default=True, help="Of the server, and as many of a worker.")
@click.option("--at-once", default=1, show_default=True, help="Workers.")
@click.option("--seed", default=0, show_default=True)
def main(jobs: int, kills: int, at_once: int, seed: int) -> None:
    """Order, kill, start again, and look at what came of it."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LIVEBRUSH_HOME"] = str(folder / "home")
        (folder / "home" / "styles").mkdir(parents=True)
        write_tiny_model(folder / "home" / "styles" / "invert.onnx")
        crowd = Crowd(folder, jobs)
        server, begun_s = ServerProcess(folder / "studio", at_once), time.monotonic()
        plan = ["server"] * kills + ["worker"] * kills
        chance.shuffle(plan)
        done = 0
        for number, what in enumerate(plan, 1):
            while crowd.left > jobs * (1 - number / len(plan)):  # orders come between the kills, too
                crowd.order(server.client)
            time.sleep(chance.uniform(0.5, 4))
            below = psutil.Process(server.process.pid).children(recursive=True)
            if what == "server":
                server.end(kill=True)
                server = ServerProcess(folder / "studio", at_once)
            elif below:
                below[0].kill()
            done = len(crowd.finished(server.client))
            click.echo(
                f"{number}: the {what} is killed, {done} of {len(crowd.ordered)} jobs are done", err=True
            )
        ends_s = time.monotonic() + PATIENCE_S
        while len(crowd.finished(server.client)) < jobs and time.monotonic() < ends_s:
            time.sleep(1)
        seconds = time.monotonic() - begun_s
        faults = crowd.faults(server.client)
        below = psutil.Process(server.process.pid).children(recursive=True)
        server.end(kill=False)
        left = [process for process in below if process.is_running()]
    click.echo(
        f"{jobs} jobs, {kills} kills of the server and {kills} of a worker, {jobs - len(faults)} results "
        f"in {seconds:.0f} s; {len(left)} processes left"
    )
    if faults or left:
        raise click.ClickException("\n".join([*faults, *map(str, left)]))


if __name__ == "__main__":
    main()
