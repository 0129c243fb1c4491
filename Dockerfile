# Stockbridge as one image: `serve` and `worker` are the same code with another word. Not run by our CI.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/stockbridge
COPY requirements.lock ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary=:all: -r requirements.lock

FROM node:24-bookworm-slim AS page
WORKDIR /srv/stockbridge
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend frontend
COPY app app
RUN npm run --silent build

FROM python:3.11-slim-bookworm
RUN useradd --system --no-create-home --shell /usr/sbin/nologin stockbridge
WORKDIR /srv/stockbridge
ENV PATH=/srv/stockbridge/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORT=3000
COPY --from=build /srv/stockbridge/.venv .venv
COPY --from=page /srv/stockbridge/frontend/dist frontend/dist
COPY app app
COPY pyproject.toml LICENSE ./
USER stockbridge
EXPOSE 3000
# No request in flight is cut: the process stops by itself within 20 seconds of SIGTERM.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve", "--host", "0.0.0.0"]
