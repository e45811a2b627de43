FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/gamopanda
ENV GAMOPANDA_VAR_DIR=/var/lib/gamopanda
COPY requirements.txt ./
RUN python -m venv .venv && \
    .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY manage.py pyproject.toml ./
COPY gamopanda gamopanda
COPY rewards rewards
COPY static static
COPY streaks streaks
COPY templates templates
# Nothing is encrypted here: the key is for this step alone.
RUN mkdir -p /var/lib/gamopanda/media /var/lib/gamopanda/metrics && \
    SECRET_KEY=for-this-step-alone .venv/bin/python manage.py collectstatic --noinput && \
    .venv/bin/python -m compileall -q gamopanda rewards streaks

FROM python:3.11-slim-bookworm
WORKDIR /srv/gamopanda
ENV GAMOPANDA_VAR_DIR=/var/lib/gamopanda \
    PATH=/srv/gamopanda/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1
COPY --from=build /srv/gamopanda /srv/gamopanda
COPY --from=build --chown=10001:10001 /var/lib/gamopanda /var/lib/gamopanda
USER 10001:10001
EXPOSE 8000 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "gamopanda.server", "--bind", "0.0.0.0:8000"]
