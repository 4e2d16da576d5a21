"""Run by the tests of the window: opens one, does what stdin says, and tells on stdout what happens, in JSON lines."""

import json
import os
import select
import time
from typing import Any

import cv2
import numpy as np

from livebrush.realtime.live.screen.keys import command_for
from livebrush.realtime.live.screen.window import Window

TITLE = "livebrush test"
HEIGHT, WIDTH = 240, 320  # of the window at the start, and of the picture
LEFT, RIGHT = (220, 40, 10), (20, 60, 230)


def picture() -> np.ndarray:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:, : WIDTH // 2], pixels[:, WIDTH // 2 :] = LEFT, RIGHT
    return pixels


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201


def main() -> None:
    window, told, shown = Window(TITLE, (HEIGHT, WIDTH)), {}, 0
    orders = os.fdopen(
        0, "rb", buffering=0, closefd=False
    )  # unbuffered: select must see what is not read yet
    while True:
        window.show(picture())
        if (code := window.poll()) is not None and (command := command_for(code)):
            tell(command=command[0], value=command[1])
        state = {"dragged_to": window.dragged_to, "screen_size": window.screen_size, "closed": window.closed}
        if not window.closed:
            state["area"] = cv2.getWindowImageRect(TITLE)
        shown += 1
        if state != told or shown == 3:
            told = state
            tell(**state, shown=shown)
        if select.select([orders], [], [], 0)[0]:
            order = orders.readline().decode().strip()
            if order == "quit" or not order:
                break
            if order == "close":
                window.close()
                window.close()
            else:
                window.full_screen(order == "full screen")
        time.sleep(0.005)
    window.close()


if __name__ == "__main__":
    main()
