"""A page for trying the API out, on a development server alone: GraphiQL from our own build, with a typed-in token.

It is no part of the page inside the admin, is framed by nobody, and knows no session.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.settings import Settings

PATH = "/graphiql"
BUILT = Path(__file__).resolve().parents[2] / "frontend" / "dist" / "graphiql"
_SCRIPTS = ("react.js", "react-dom.js", "graphiql.js", "start.js")
_STYLES = ("graphiql.css", "start.css")
_FILES = frozenset({*_SCRIPTS, *_STYLES, "schema.json"})
_HEADERS = {
    # The editor writes styles as it goes; fonts and pictures are inside the style sheet.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self';"
        " font-src data:; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def routes(settings: Settings, folder: Path = BUILT) -> list[Route]:
    """None unless the settings say development."""
    if not settings.development:
        return []

    async def page(_request: Request) -> Response:
        if not (folder / "graphiql.js").is_file():
            return PlainTextResponse("GraphiQL was not built. `python3 run.py` builds it.", status_code=404)
        return HTMLResponse(_document(), headers=_HEADERS)

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _FILES or not (folder / name).is_file():
            return PlainTextResponse("There is no such file.", status_code=404)
        return FileResponse(folder / name, headers=_HEADERS)

    return [Route(PATH, page), Route(PATH + "/{name}", file)]


def _document() -> str:
    styles = "".join(f'<link rel="stylesheet" href="{PATH}/{name}">' for name in _STYLES)
    scripts = "".join(f'<script defer src="{PATH}/{name}"></script>' for name in _SCRIPTS)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>GraphiQL · Stockbridge</title><link rel="icon" href="data:,">{styles}{scripts}</head>'
        '<body><div id="graphiql"></div></body></html>'
    )
