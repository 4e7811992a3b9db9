"""The page of the seed's graph in action: ``python docs/animated.py`` writes docs/page.gif.

A real browser opens the page that ``mg.to_html`` wrote, steps through both sweeps and drags a leaf.
It needs the extra ``test`` (playwright), Matplotlib's Pillow, and a Chromium.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from micrograph import Value, to_html

GIF = Path(__file__).with_name("page.gif")
SIZE = {"width": 1060, "height": 305}
COLOURS, SHOWN = 96, 0.85  # the colours of the palette; how large it is kept, as a part of SIZE


def taken(page: Page) -> list[tuple[bytes, int]]:
    """The frames, each with how many milliseconds it stands."""

    def frame(ms: int) -> None:
        frames.append((page.screenshot(), ms))

    frames: list[tuple[bytes, int]] = []
    page.click("[data-do=fit]")
    page.click("[data-do=first]")
    frame(1500)
    for _ in range(10):
        page.click("[data-do=on]")
        page.wait_for_timeout(400)  # until what moves has come to rest
        frame(1300)
    frame(1500)
    for a in (6, 7, 8, 9, 10):
        page.fill("[aria-label='a, number']", str(a))
        page.wait_for_timeout(300)
        frame(350)
    frame(2500)
    return frames


def main() -> None:
    """Write the GIF."""
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    u = (b * c).named("u")
    v = (a + u).named("v")
    J = (3 * v).named("J")
    J.backward()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        to_html(J, f"{folder}/page.html")
        browser = player.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(f"file://{folder}/page.html")
        frames = taken(page)
        browser.close()
    size = tuple(round(x * SHOWN) for x in SIZE.values())
    images = [
        Image.open(io.BytesIO(png)).convert("RGB").resize(size, Image.Resampling.LANCZOS)
        for png, _ in frames
    ]
    palette = images[-1].quantize(COLOURS)
    small = [x.quantize(palette=palette, dither=Image.Dither.NONE) for x in images]
    times = [ms for _, ms in frames]
    small[0].save(
        GIF, save_all=True, append_images=small[1:], duration=times, loop=0, optimize=True
    )
    print(f"{GIF.name}: {GIF.stat().st_size // 1000} kB, {len(small)} frames")


if __name__ == "__main__":
    main()
