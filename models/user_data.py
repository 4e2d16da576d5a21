"""Where livebrush keeps the files of a user: own styles, downloaded weights."""

import os
from pathlib import Path


def user_data_folder() -> Path:
    """The data folder: ~/.local/share/livebrush on Linux; the environment variable LIVEBRUSH_HOME names another."""
    home = os.environ.get("LIVEBRUSH_HOME")
    if home:
        return Path(home)
    import platformdirs

    return platformdirs.user_data_path("livebrush", appauthor=False)
