"""`livebrush studio`: a page in the browser."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click

from livebrush.realtime.commands.completion import styles_for
from livebrush.realtime.commands.options import STYLE_HELP, device_option, threads_option

if TYPE_CHECKING:
    from livebrush.realtime.studio.live.shared_camera import SharedCamera
    from livebrush.realtime.studio.work.settings import Smtp
    from livebrush.realtime.studio.work.work import Work

PORT = 8420
_OPEN = "without --tls the network reads the token and the pictures, and browsers give the page no camera"


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True,
    help="Address to listen on. 0.0.0.0: every network that this machine is in; others then need the --token.",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any that is free."
)
@click.option(
    "--token", is_flag=False, flag_value="", metavar="[TEXT]", envvar="LIVEBRUSH_STUDIO_TOKEN",
    help="What visitors must know to come in; without TEXT one is made and shown. Also taken from the environment, as "
    "LIVEBRUSH_STUDIO_TOKEN, where no list of processes shows it.",
)  # fmt: skip
@click.option(
    "--tls", nargs=2, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="CERT KEY",
    help="Certificate and key, as PEM files. Browsers give their camera only to https:// and to this machine itself.",
)  # fmt: skip
@click.option(
    "--name", "names", multiple=True, metavar="NAME",
    help="A host name under which visitors reach it, such as studio.example.org; other names are refused.",
)  # fmt: skip
@click.option("--visitors", type=click.IntRange(1, 256), default=16, show_default=True,
              help="How many may paint live at a time; they share the machine.")  # fmt: skip
@click.option("-s", "--style", "styles", multiple=True, shell_complete=styles_for,
              help=f"{STYLE_HELP} More than one may be given. The other styles follow.")  # fmt: skip
@click.option("--camera", metavar="NUMBER|NAME",
              help="A camera of this machine that visitors may have painted, too: its number or a part of its name "
              "('livebrush cameras' lists them), or test-pattern. It is on while somebody looks.")  # fmt: skip
@click.option("--only-these", is_flag=True, help="Offer only the styles given with -s.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in the browser.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False),
              help="Where uploads, paintings and the gallery are kept.  [default: the user's data folder]")  # fmt: skip
@click.option("--live-only", is_flag=True, help="Only the live page: nothing is uploaded or kept.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="How many run at a time."
)
@click.option("--keep", "keep_days", type=click.FloatRange(0.01, 3650), default=30, show_default=True,
              metavar="DAYS", help="How long paintings are kept that nobody has published.")  # fmt: skip
@click.option("--quota", "quota_gb", type=click.FloatRange(0.1), default=20, show_default=True, metavar="GB",
              help="Of everything that is kept; beyond it the oldest unpublished paintings go.")  # fmt: skip
@click.option("--train", "trains", is_flag=True, help="Visitors may have styles trained.")
@click.option("--content", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="The same, on this folder of photos.  [default: the few that ship]")  # fmt: skip
@click.option("--queue", default="sqlite", show_default=True, metavar="sqlite|redis://…",
              help="Where jobs wait.")  # fmt: skip
@click.option("--smtp", envvar="LIVEBRUSH_STUDIO_SMTP", metavar="URL",
              help="A server that mails results: smtp://user:password@host:587/sender@example.org, smtps:// for TLS "
              "from the beginning. Also taken from the environment, as LIVEBRUSH_STUDIO_SMTP.")  # fmt: skip
@device_option
@threads_option
def studio(**options: Any) -> None:
    """Paint in the browser: camera, films and photos.

    It opens a page at http://127.0.0.1:8420, which nobody but this machine reaches. Ctrl-C ends it.

    \b
    livebrush studio
    livebrush studio -s wave.jpg --no-browser
    livebrush studio --host 0.0.0.0 --token --tls cert.pem key.pem

    For a class or an exhibition, the last line: --token makes a word that visitors must know, and --tls encrypts what
    they send. Without --tls the token can be read on the network, and browsers give no camera to the page.
    Everything comes from this machine: the page loads nothing from anywhere else.
    """
    from livebrush.realtime.studio.access import access_for, is_loopback
    from livebrush.realtime.studio.server import (
        address_of,
        addresses_for_others,
        check_certificate,
        first_address,
        listen,
        open_browser,
        serve,
    )

    token = secrets.token_urlsafe(12) if options["token"] == "" else options["token"]
    host, tls = options["host"], options["tls"]
    if tls:
        check_certificate(*tls)
    access = access_for(host, options["names"], token, bool(tls))
    with listen(host, options["port"]) as listening:
        address = address_of(access, host, listening.getsockname()[1])

        from livebrush.realtime.studio.app import studio_app
        from livebrush.realtime.studio.shared_deck import SharedDeck

        shared = SharedDeck(options["styles"], options["only_these"], options["device"], options["threads"])
        camera = _shared_camera(options["camera"]) if options["camera"] else None
        work = None if options["live_only"] else _work(options, address)

        def say() -> None:
            first = first_address(access, address)
            click.echo(f"livebrush studio: {first}  (Ctrl-C ends it)", err=True)
            for other in addresses_for_others(access, host, listening.getsockname()[1]):
                click.echo(f"livebrush: others find it at {first_address(access, other)}", err=True)
            if not is_loopback(host) and not tls:
                click.echo(f"livebrush: {_OPEN}", err=True)
            if options["browser"]:
                open_browser(first)

        serve(studio_app(access, shared, work, options["visitors"], camera), listening, tls, say)


def _shared_camera(named: str) -> "SharedCamera":
    """raises: LivebrushError where there is no such camera, or it does not open"""
    from livebrush.realtime.live.sources.registry import CAMERA, TEST_PATTERN, make_source
    from livebrush.realtime.studio.live.shared_camera import SharedCamera

    source = make_source(named if named == TEST_PATTERN else f"{CAMERA}:{named}")
    with source:  # macOS asks the person for the camera in the main thread only
        return SharedCamera(source)


def _work(options: dict[str, Any], address: str) -> "Work":
    """raises: LivebrushError for a queue that cannot be, a folder in use; click.UsageError for a bad SMTP address"""
    from livebrush.models.user_data import user_data_folder
    from livebrush.realtime.studio.work.settings import DAY_S, Keep, Settings
    from livebrush.realtime.studio.work.work import Work

    named = f"https://{options['names'][0]}/" if options["names"] and options["tls"] else address
    keep = Keep(results_s=options["keep_days"] * DAY_S, quota_bytes=round(options["quota_gb"] * 1e9))
    settings = Settings(
        options["folder"] or user_data_folder() / "studio", keep=keep, queue=options["queue"],
        jobs_at_once=options["jobs"], trains=options["trains"] or bool(options["content"]), content=options["content"],
        device=options["device"],
        smtp=_smtp(options["smtp"], named) if options["smtp"] else None,
    )  # fmt: skip
    return Work(settings, f"the studio at {address}")


def _smtp(url: str, address: str) -> "Smtp":
    """address: of the page, for links in mails"""
    from livebrush.realtime.studio.work.settings import Smtp

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise click.UsageError(f"--smtp: {error}") from error
    sender = unquote(parts.path.strip("/"))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or "@" not in sender:
        raise click.UsageError("--smtp expects smtp://user:password@host:587/sender@example.org")
    tls = parts.scheme == "smtps"
    return Smtp(
        parts.hostname, sender, f"{address}#job/{{job}}/{{key}}", port or (465 if tls else 587),
        "tls" if tls else "starttls", unquote(parts.username or ""), unquote(parts.password or ""),
    )  # fmt: skip
