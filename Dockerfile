# One image for every service of docker-compose.yml; what a container does is its command.
FROM python:3.12-slim AS build

RUN python -m venv --without-pip /opt/venv
# The locked packages first: they change far less often than the code. The lock is complete: nothing is to be added, not
# even what a package says that it requires and the lock leaves out on purpose (requirements-image.excludes).
COPY requirements-image.lock /src/
RUN pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
    -r /src/requirements-image.lock
COPY pyproject.toml README.md LICENSE celeryconfig.py /src/
COPY cowboy /src/cowboy
COPY manager_api /src/manager_api
COPY consumers /src/consumers
RUN pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check --no-deps /src

FROM python:3.12-slim

RUN useradd --create-home --uid 10001 cowboy
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY config config

USER cowboy
# The packages are compiled already, and a container's files are read-only.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 COWBOY_LOG_FORMAT=json
