"""`livebrush completion`: the shell finishes commands, options, styles and files; and what it is told to offer."""

import click
from click.shell_completion import CompletionItem, get_completion_class

_VARIABLE = "_LIVEBRUSH_COMPLETE"
_INSTALLING = {
    "bash": "livebrush completion bash > ~/.local/share/bash-completion/completions/livebrush",
    "zsh": 'livebrush completion zsh > "${fpath[1]}/_livebrush"',
    "fish": "livebrush completion fish > ~/.config/fish/completions/livebrush.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(list(_INSTALLING)))
def completion(shell: str) -> None:
    """Print a script for completion with the Tab key.

    With it SHELL finishes commands, options and the names of styles.

    Once, and then a new shell:

    \b
    mkdir -p ~/.local/share/bash-completion/completions
    livebrush completion bash > ~/.local/share/bash-completion/completions/livebrush
    livebrush completion zsh > "${fpath[1]}/_livebrush"
    livebrush completion fish > ~/.config/fish/completions/livebrush.fish

    bash finds it there with the package bash-completion; 'eval "$(livebrush completion bash)"' in ~/.bashrc does
    without.
    """
    from livebrush.realtime.cli import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this version of click has no completion for {shell}")
    click.echo(kind(cli, {}, "livebrush", _VARIABLE).source().strip())
    click.echo(f"\n# to install: {_INSTALLING[shell]}")


def styles_for(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of styles that begin so, or of those inside FILE:, and files. No model is read but for the latter."""
    from livebrush.models.catalogue import style_names_beginning

    names = [CompletionItem(name) for name in style_names_beginning(begun)]
    return [*files_for(_ctx, _param, begun), *names]  # bash forgets what came before files


def files_for(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """The shell's own completion of files."""
    return [CompletionItem(begun, type="file")]
