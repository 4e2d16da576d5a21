"""Where livebrush keeps what belongs to a user: own styles, fetched weights."""

import os
from pathlib import Path


def user_data_folder() -> Path:
    """The platform's data folder, ~/.local/share/livebrush on Linux; LIVEBRUSH_HOME moves it."""
    home = os.environ.get("LIVEBRUSH_HOME")
    if home:
        return Path(home)
    import platformdirs

    return platformdirs.user_data_path("livebrush", appauthor=False)
