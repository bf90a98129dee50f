# One image for every process of the product; docker-compose.yml names the command of each.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN pip install --no-cache-dir uv
COPY requirements.lock ./
RUN uv venv /venv && uv pip install --python /venv/bin/python --require-hashes --no-cache -r requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 \
    DATA_DIR=/data STATIC_ROOT=/app/staticfiles
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin helpdesk \
    && mkdir /data && chown helpdesk:helpdesk /data
COPY --from=build /venv /venv
COPY . .
# Catalogues and static files belong to the image; they need neither database nor secret.
RUN python -c "from helpdesk.catalogues import compile_all; compile_all()" \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && python -m whitenoise.compress --quiet staticfiles \
    && chown -R helpdesk:helpdesk staticfiles \
    && python -m compileall -q helpdesk tickets knowledge aftersales channels_app analytics
USER helpdesk
VOLUME /data
EXPOSE 8000 2525
HEALTHCHECK NONE
CMD ["python", "-m", "helpdesk.serving", "--bind", "0.0.0.0", "--port", "8000"]
