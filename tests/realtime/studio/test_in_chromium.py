"""The pages in a real browser: headless Chromium with a film as its camera."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from livebrush.models.contract import Style
from tests.realtime.studio.running import running
from tests.tiny_models import INVERTED, write_tiny_model

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium, of the test extra, is not installed")
pytest.importorskip("fastapi", reason="the studio extra is not installed")
pytest.importorskip("huey", reason="the studio extra is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("chromium and chromedriver are not installed", allow_module_level=True)

PATIENCE_S = 60.0
WIDE, PHONE = (1280, 860), (390, 844)


class Page:
    """A browser on a studio. folder: where downloads go"""

    def __init__(self, driver: Any, address: str, folder: Path) -> None:
        self.driver, self.address, self.folder = driver, address, folder

    def open(self, page: str = "", size: tuple[int, int] = WIDE) -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE},
        )
        self.driver.get("about:blank")
        self.driver.get(f"{self.address}#{page}")
        self.wait("globalThis.livebrush?.meter.count > 0 && document.querySelectorAll('.tile').length >= 3")

    def run(self, script: str) -> Any:
        return self.driver.execute_script(f"return {script}")

    def wait(self, condition: str) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if value := self.run(condition):
                return value
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {condition}; {self.driver.get_log('browser')}")

    def click(self, selector: str) -> None:
        self.run(f"document.querySelector({selector!r}).click()")

    def choose(self, field: str, value: str) -> None:
        script = (
            "const [field, value] = arguments; field.value = value; field.dispatchEvent(new Event('change'))"
        )
        self.driver.execute_script(script, self.driver.find_element("id", field), value)

    def press(self, keys: str) -> None:
        self.driver.find_element("tag name", "body").send_keys(keys)

    def give(self, selector: str, *files: Path) -> None:
        self.driver.find_element("css selector", selector).send_keys("\n".join(map(str, files)))

    def downloaded(self, suffix: str) -> Path:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for path in self.folder.glob(f"*{suffix}"):
                return path
            time.sleep(0.05)
        raise AssertionError(f"no {suffix} was downloaded: {list(self.folder.iterdir())}")


def write_camera(path: Path, height: int = 240, width: int = 320, frames: int = 15) -> Path:
    """A film that Chromium plays as its camera: grey, with a bright bar that moves."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(frames):
            luma = np.full((height, width), 60, np.uint8)
            luma[:, 20 * number : 20 * number + 40] = 200
            chroma = np.full((height // 2, width // 2), 128, np.uint8).tobytes()
            file.write(b"FRAME\n" + luma.tobytes() + 2 * chroma)
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("chromium")
    home, downloads = folder / "home", folder / "downloads"
    (home / "styles").mkdir(parents=True)
    downloads.mkdir()
    for name in ("first", "second", "third"):
        metadata = replace(INVERTED, styles=(Style(name, name.title(), "Nobody", 1900),))
        write_tiny_model(home / "styles" / f"{name}.onnx", metadata)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={write_camera(folder / 'camera.y4m')}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    styles = [word for name in ("first", "second", "third") for word in ("-s", name)]
    with running(home, *styles, "--only-these", "--camera", "test-pattern") as (address, _):
        driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
        try:
            driver.execute_cdp_cmd(
                "Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}
            )
            yield Page(driver, address, downloads)
        finally:
            driver.quit()


@pytest.fixture(autouse=True)
def nothing_goes_wrong(page: Page) -> Iterator[None]:
    page.driver.get_log("browser")
    yield
    assert [line for line in page.driver.get_log("browser") if line["level"] == "SEVERE"] == []


def test_a_sample_is_painted_before_anything_is_pressed(page: Page) -> None:
    page.open()
    assert page.run("document.getElementById('style-title').textContent") == "First"
    page.wait("[...document.querySelectorAll('.tile canvas')].every((canvas) => !canvas.hidden)")
    loaded = page.run(
        "performance.getEntriesByType('resource').map(({name, decodedBodySize}) => [name, decodedBodySize])"
    )
    assert all(name.startswith((page.address, "blob:")) for name, _ in loaded)
    assert sum(size for _, size in loaded) < 300_000


def test_the_camera_is_painted_and_measured(page: Page) -> None:
    page.open()
    begun = time.monotonic()
    page.click("#camera-button")
    page.wait("livebrush.pump.source.name === 'camera' && livebrush.meter.count >= 2")
    assert time.monotonic() - begun < 10
    page.wait("livebrush.meter.count > 30")
    assert page.run("document.getElementById('mirror').checked")
    page.wait("/^[\\d.]+ frames\\/s$/.test(document.getElementById('rate').textContent)")
    middle = "[...document.getElementById('painted').getContext('2d').getImageData(160, 120, 1, 1).data].slice(0, 3)"
    seen = {tuple(page.run(middle)) for _ in range(40)}
    assert any(min(colour) > 160 for colour in seen)  # what is dark grey is painted light
    page.click("#camera-button")
    page.wait("livebrush.pump.source.name === 'sample'")


def test_the_camera_of_the_studio_is_painted(page: Page) -> None:
    page.open()
    page.wait(
        "!document.getElementById('camera-field').hidden"
        " && document.getElementById('camera-choice').options[1].textContent === 'of the studio: test pattern'"
    )
    page.choose("camera-choice", "server")
    page.click("#camera-button")
    page.wait("livebrush.pump.source.name === 'test pattern' && livebrush.meter.count > 5")
    assert page.run("[document.getElementById('painted').width, document.getElementById('painted').height]") == [
        640, 480,
    ]  # fmt: skip
    assert page.run("document.querySelector('input[name=view][value=split]').disabled")
    page.press("x")
    assert page.run("document.getElementById('stage').dataset.view") == "painting"
    page.click("#camera-button")
    page.wait("livebrush.pump.source.name === 'sample'")
    page.choose("camera-choice", "own")
    assert not page.run("document.querySelector('input[name=view][value=split]').disabled")


def test_keys_are_those_of_the_window(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    page.open()
    page.press("2")
    page.wait("livebrush.state.style === 'second'")
    page.press(Keys.ARROW_DOWN)
    page.wait("livebrush.state.style === 'third'")
    page.press("-")
    page.wait("livebrush.state.strength === 0.9")
    page.press("x")
    page.wait("document.getElementById('stage').dataset.view === 'split'")
    page.press("cb")
    page.wait(
        "livebrush.state.keep_colours && livebrush.state.blend && document.getElementById('blend').value === 'second'"
    )
    page.press("h")
    page.wait(
        "document.getElementById('help').open && document.querySelectorAll('#key-table tr').length > 15"
    )
    page.press(Keys.ESCAPE)
    page.wait("!document.getElementById('help').open")


def test_any_two_styles_are_blended_beside_the_original(page: Page) -> None:
    page.open()
    page.choose("blend", "third")
    page.wait("livebrush.state.blend && livebrush.state.previous === 'third'")
    page.click("input[name=view][value=side]")
    page.wait("document.getElementById('stage').dataset.view === 'side'")
    pixel = "document.getElementById('original').getContext('2d').getImageData(100, 100, 1, 1).data"
    page.wait(f"{pixel}.slice(0, 3).some((level) => level > 0)")


def test_a_snapshot_and_a_recording_are_downloaded(page: Page) -> None:
    page.open()
    page.click("#snapshot-button")
    with Image.open(page.downloaded(".png")) as picture:
        assert picture.size == (640, 480)
    page.click("#camera-button")
    page.wait("livebrush.pump.source.name === 'camera' && livebrush.meter.count >= 5")
    page.press("r")
    page.wait("document.getElementById('record-button').getAttribute('aria-pressed') === 'true'")
    time.sleep(1.5)
    page.press("r")
    with av.open(str(page.downloaded(".webm"))) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) > 3 and frames[-1].shape == (240, 320, 3)


def test_a_dropped_picture_becomes_a_style(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "My Wave.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)).save(path)
    page.open()
    page.give("#picture", path)
    page.wait(
        "livebrush.state.style === 'my_wave' && document.querySelector('[data-style=my_wave][aria-checked=true]')"
    )


def test_photos_are_painted_and_hung_in_the_gallery(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    Image.fromarray(np.full((48, 64, 3), 60, np.uint8)).save(path)
    page.open("online")
    page.wait(
        "document.querySelectorAll('#online .pick input').length >= 3 && document.querySelector('#online .take')"
    )
    page.give("#online input[type=file]", path)
    page.wait("document.querySelector('#online .file') && !document.querySelector('#online .file progress')")
    page.click("#online-form button[type=submit]")
    page.wait("document.querySelector('#online .result .compare')")
    jobs = "fetch('/api/jobs', { headers: { 'X-Livebrush-Owner': localStorage.getItem('livebrush-owner') } })"
    link = page.run(
        f"{jobs}.then((answer) => answer.json()).then(({{ jobs: [job] }}) => `job/${{job.id}}/${{job.key}}`)"
    )
    page.open(link)  # anew: what the page itself remembers of the file is gone
    page.wait(
        "[...document.querySelectorAll('#job .compare img')].filter((image) => image.naturalWidth === 64).length === 2"
    )
    page.open("online")
    page.wait("document.querySelector('#online .result .compare')")
    page.click("#online .result [aria-label^=Publish]")
    assert not page.run("document.getElementById('publish-original').checked")
    page.click("#publish-original")
    page.run("document.getElementById('publish-name').value = '<b>A holiday</b>'")
    page.click("#publish-form button[type=submit]")
    page.wait(
        "location.hash === '#gallery' && document.querySelector('.hung figcaption')?.textContent === '<b>A holiday</b>'"
    )
    page.wait("document.querySelector('.hung img').currentSrc.endsWith('/renditions/thumbnail')")
    page.click(".hung-picture")
    page.wait("document.querySelectorAll('#hung[open] .compare img').length === 2")
    page.click("#hung-close")
    page.click(".hung [aria-label^=Take]")
    page.wait("!document.querySelector('.hung') && !document.getElementById('wall-empty').hidden")


@pytest.mark.parametrize("name", ["live", "online", "own", "gallery"])
def test_a_phone_shows_every_page_without_scrolling_sideways(page: Page, name: str) -> None:
    page.open(name, PHONE)
    assert page.run("document.documentElement.scrollWidth") == PHONE[0]
    assert page.run(f"!document.getElementById({name!r}).hidden")
