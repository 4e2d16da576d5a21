"""One net trained by several processes, as torchrun starts them, each with its share of every batch.

All run the same program with the same draws of chance. Wherever a mean over the batch decides something, it
becomes a mean over all processes, so all hold the same net at every step: the one that a single process
would have trained. Alone, everything here does nothing.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from livebrush.models.errors import LivebrushError

FINE, INTERRUPTED, FAILED = range(3)
EXIT_INTERRUPTED = 130


class EndedElsewhere(Exception):
    """The training ended, and another of its processes tells the user why: end without a word."""

    def __init__(self, exit_code: int = 1) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


@contextmanager
def processes() -> Iterator[None]:
    """Join the processes that torchrun started, for the length of the block.

    Within it interrupts (Ctrl-C, SIGTERM) wait for the next interruptible `all_or_none`, so that they end all
    processes at the same step, none of them inside an exchange, and none with half a step taken. Alone, a second
    interrupt ends the program at once: what it has saved is of the step before.
    """
    if "RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        with interrupts_wait():
            yield
        return
    # Tensors on the CPU keep to gloo beside GPUs: unlike nccl it notices at once when a process has ended
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    )
    # For good: torchrun sends SIGTERM to all when the first has ended, who may have yet to say why
    _interrupts.take_over(_interrupts.note)
    try:
        yield
    finally:
        dist.destroy_process_group()


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Which of them this one is, from 0."""
    return dist.get_rank() if world_size() > 1 else 0


def is_first() -> bool:
    """Whether this process is the one that writes files and talks to the user."""
    return rank() == 0


def own_gpu() -> torch.device:
    """This process's GPU: each of a machine's processes has one to itself.

    raises: LivebrushError when the machine has fewer GPUs than processes
    """
    place, gpus = int(os.environ["LOCAL_RANK"]) if world_size() > 1 else 0, torch.cuda.device_count()
    if place >= gpus:
        raise LivebrushError(
            f"process {place + 1} has no GPU to itself, this machine has {gpus}",
            code="unavailable",
            remedy="one_gpu_each",
            gpus=gpus,
        )
    return torch.device("cuda", place)


def choose_device(name: str) -> torch.device:
    """The device that "auto", "cpu" or "cuda" means to this process.

    raises: LivebrushError for CUDA where there is none
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise LivebrushError(
            f"this PyTorch ({torch.__version__}) finds no NVIDIA GPU",
            code="unavailable",
            remedy="torch_cuda_or_cpu",
        )
    return own_gpu() if name != "cpu" and torch.cuda.is_available() else torch.device("cpu")


def own_part(count: int) -> slice:
    """Which of `count` pictures are this process's.

    raises: LivebrushError when they cannot be shared out evenly: a mean of means would then be no mean
    """
    share, rest = divmod(count, world_size())
    if rest:
        nearest = max(1, round(count / world_size())) * world_size()
        raise LivebrushError(
            f"a batch of {count} cannot be shared by {world_size()} processes",
            code="invalid",
            remedy="batch_of_processes",
            processes=world_size(),
            batch=nearest,
        )
    return slice(rank() * share, (rank() + 1) * share)


def own_draw(
    draw: Callable[..., Tensor], count: int, *shape: int, device: torch.device | str = "cpu"
) -> Tensor:
    """This process's part of what is drawn for the pictures of all processes.

    Everybody draws everything, which keeps the random states of all processes, and of a single one, alike.

    draw:    torch.rand, torch.randn, ...
    count:   pictures of this process
    device:  whose random numbers; much is better drawn where it is needed
    returns: (count, *shape)
    """
    everything = draw(count * world_size(), *shape, device=device)
    return everything[own_part(len(everything))]


def mean_over_processes(x: Tensor) -> Tensor:
    """The mean of a tensor that each process has one of, all of the same shape; alone, the tensor itself.

    Its gradient belongs to the mean of all processes' losses, as `average_gradients` makes it.
    """
    return x if world_size() == 1 else _Mean.apply(x)  # pyright: ignore[reportReturnType]


class _Mean(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        return _sum(x.clone(memory_format=torch.contiguous_format)) / world_size()

    @staticmethod
    def backward(_ctx: Any, *gradients: Tensor) -> Tensor:
        # Each process's x counts 1/n in every process's mean, and each process's loss 1/n in the whole loss. The
        # later averaging of the parameters' gradients holds one of the two: what is left is a mean again
        return mean_over_processes(gradients[0])


def average_gradients(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Turn gradients of each process's loss into those of the mean of all losses, in one exchange."""
    if world_size() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    mean = mean_over_processes(torch.cat([gradient.flatten() for gradient in gradients]))
    for gradient, part in zip(gradients, mean.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


@contextmanager
def all_or_none(*, interruptible: bool = True) -> Iterator[None]:
    """What fails in one process inside this block fails in all at its end; nothing is exchanged inside.

    interruptible: False leaves interrupts for a later block, where the state of the net is whole

    The first process that failed raises its exception, all others EndedElsewhere. An interrupt of any process
    becomes a KeyboardInterrupt in the first.
    """
    if world_size() == 1:
        with _interrupts.let_in() if interruptible else nullcontext():
            yield
        return
    error, outcome = None, FINE
    try:
        with _interrupts.let_in() if interruptible else nullcontext():
            yield
    except KeyboardInterrupt:
        outcome = INTERRUPTED
    except BaseException as caught:
        error, outcome = caught, FAILED
    outcomes = torch.zeros(world_size(), dtype=torch.int64)
    outcomes[rank()] = outcome
    worst = int(_sum(outcomes).max())
    if worst == FINE:
        return
    speaker = int(outcomes.argmax()) if worst == FAILED else 0
    if rank() != speaker:
        raise EndedElsewhere(EXIT_INTERRUPTED if worst == INTERRUPTED else 1) from error
    raise error or KeyboardInterrupt


class _Interrupts:
    """Raises KeyboardInterrupt on signals where that does no harm, and keeps it until then elsewhere."""

    def __init__(self) -> None:
        self.noted = self.welcome = False

    @staticmethod
    def take_over(handler: Callable[..., None]) -> dict[int, Any]:
        """Let a handler hear the signals that end a program. returns: who heard them before"""
        signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        heard = [number for number in signals if signal.getsignal(number) != signal.SIG_IGN]
        return {number: signal.signal(number, handler) for number in heard}

    def note(self, *_: object) -> None:
        self.noted = True
        if self.welcome:
            self.let_out()

    def note_once(self, *_: object) -> None:
        if self.noted:
            os._exit(EXIT_INTERRUPTED)
        self.note()

    @contextmanager
    def let_in(self) -> Iterator[None]:
        self.welcome = True
        try:
            self.let_out()
            yield
        finally:
            self.welcome = False

    def let_out(self) -> None:
        """Raise what was noted."""
        if self.noted:
            self.noted = self.welcome = False
            raise KeyboardInterrupt


_interrupts = _Interrupts()


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Within the block Ctrl-C and SIGTERM wait for the next interruptible `all_or_none`, or for the block's end.

    A second one ends the program at once: what it has saved is of the step before.
    """
    if threading.current_thread() is not threading.main_thread():  # only that one hears signals
        yield
        return
    _interrupts.noted = False  # one that came while earlier work was ending is not meant for this
    before = _interrupts.take_over(_interrupts.note_once)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _interrupts.let_out()


def _sum(x: Tensor) -> Tensor:
    """Over all processes, in place."""
    try:
        dist.all_reduce(x)
    except RuntimeError as error:
        raise LivebrushError(
            f"process {rank()} of this training, counted from 0, lost the others: see what they said last "
            f"({str(error).splitlines()[0]})",
            code="failed",
        ) from error
    return x
