"""Videos `livebrush live` at work: python docs/make_live_gif.py docs/live.gif

Needs Xvfb, openbox, xdotool and ffmpeg. The example clip plays in a window of its own screen, keys are pressed, and the
screen is recorded.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCREEN = (484, 642)  # height, width: the window with its frame
DISPLAY = ":79"
# Seconds to wait, then keys
KEYS = (
    (1.5, "2"),
    (1.5, "3"),
    (1.5, "1"),
    (0.8, "x"),
    (1.5, "x"),
    (0.6, "c"),
    (1.2, "c"),
    (0.4, "h"),
    (1.6, "h"),
)
FPS, COLOURS, WIDTH = 5, 64, 360


def main(target: Path) -> None:
    root = Path(__file__).parent.parent
    environment = os.environ | {"DISPLAY": DISPLAY}
    height, width = SCREEN
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as folder:
        started = [subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", f"{width}x{height}x24"], **quiet)]
        time.sleep(1)
        started.append(subprocess.Popen(["openbox"], env=environment, **quiet))
        show = ["livebrush", "live", str(root / "examples/clip.mp4"), "--loop", "--no-sound"]
        started.append(subprocess.Popen(show, env=environment, **quiet))
        time.sleep(8)  # until the notices are gone
        corner = [
            "xdotool",
            "search",
            "--name",
            "^livebrush$",
            "windowmove",
            "0",
            "0",
            "mousemove",
            "321",
            "499",
        ]
        subprocess.run(corner, env=environment, check=True)
        video = Path(folder) / "screen.mkv"
        grab = ["ffmpeg", "-y", "-f", "x11grab", "-framerate", str(FPS), "-video_size", f"{width}x{height}"]
        grab += ["-i", DISPLAY, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", str(video)]
        camera = subprocess.Popen(grab, stdin=subprocess.PIPE, env=environment, **quiet)
        for seconds, key in KEYS:
            time.sleep(seconds)
            subprocess.run(["xdotool", "key", key], env=environment, check=True)
        time.sleep(0.5)
        camera.communicate(b"q")
        for process in reversed(started):
            process.terminate()
            process.wait(20)
        palette = (
            f"fps={FPS},scale={WIDTH}:-1:flags=lanczos,split[a][b];[a]palettegen=max_colors={COLOURS}[p];"
        )
        palette += "[b][p]paletteuse=dither=none:diff_mode=rectangle"
        subprocess.run(["ffmpeg", "-y", "-i", str(video), "-vf", palette, str(target)], check=True, **quiet)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
