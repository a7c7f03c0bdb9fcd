FROM python:3.11-slim AS build
COPY requirements.lock /build/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /build/requirements.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --no-create-home aftermile \
    && install -d -m 0700 -o aftermile /var/lib/aftermile/files
COPY --from=build /opt/venv /opt/venv
COPY aftermile /app/aftermile
COPY chassis /app/chassis
COPY services /app/services
COPY gateway /app/gateway
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2
WORKDIR /app
USER 10001
ENTRYPOINT ["python", "-m", "aftermile"]
CMD ["--help"]
