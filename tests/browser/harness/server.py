"""A small app that stages the two browser components with made-up pictures."""

from __future__ import annotations

import asyncio
import colorsys
import io
import math
import random
from dataclasses import asdict
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.browser.harness.record import room

SIZE = 256
FAILURES = {"flaky": 1, "stubborn": 4}  # how often a picture does not come before it does


def paint(name: str) -> bytes:
    """A flower that is the same for the same name."""
    rng = random.Random(name)
    hue, petals = rng.random(), rng.randint(3, 9)
    image = Image.new("RGB", (SIZE, SIZE), _color(hue, 0.25, 0.95))
    pen = ImageDraw.Draw(image)
    pen.ellipse((-60, 170, SIZE + 60, SIZE + 160), fill=_color(hue + 0.3, 0.45, 0.75))
    for petal in range(petals):
        angle = 2 * math.pi * petal / petals
        x, y = 128 + 52 * math.cos(angle), 118 + 52 * math.sin(angle)
        pen.ellipse((x - 34, y - 34, x + 34, y + 34), fill=_color(hue + 0.5, 0.6, 0.9))
    pen.ellipse((98, 88, 158, 148), fill=_color(hue + 0.08, 0.8, 0.95))
    file = io.BytesIO()
    image.save(file, "WEBP", quality=80)
    return file.getvalue()


def _color(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


async def picture(request: Request) -> Response:
    """Names tell how it goes: ``missing…`` never comes, ``flaky…`` fails once, ``stubborn…`` four times, ``slow…`` takes its
    time."""
    record, name = room(request.path_params["room"]), request.path_params["name"]
    record.requests[name] = times = record.requests.get(name, 0) + 1
    if name.startswith("missing") or times <= FAILURES.get(name.split("-")[0], 0):
        return PlainTextResponse("gone", status_code=404, headers={"Cache-Control": "no-store"})
    if name.startswith("slow"):
        await asyncio.sleep(0.8)
    return Response(paint(name), media_type="image/webp", headers={"Cache-Control": "max-age=3600"})


def thumbnail(request: Request) -> Response:
    """A small picture as the map asks for it, by size and position."""
    name = f"m{request.path_params['position']}-{request.path_params['size']}"
    asked = room(request.path_params["room"]).requests
    asked[name] = asked.get(name, 0) + 1
    return Response(paint(name), media_type="image/webp", headers={"Cache-Control": "max-age=3600"})


def record(request: Request) -> Response:
    kept = room(request.path_params["room"])
    return JSONResponse({**asdict(kept), "standing": kept.standing()})


app = st.App(
    Path(__file__).with_name("stage.py"),
    routes=[
        Route("/img/{room}/{name}", picture),
        Route("/thumb/{room}/{size:int}/{position:int}", thumbnail),
        Route("/record/{room}", record),
    ],
)
