# One image for every service of docker-compose.yml; what a container does is its command.
FROM python:3.12-slim

RUN useradd --create-home --uid 10001 cowboy
WORKDIR /app

# The locked packages first: they change far less often than the code.
COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE celeryconfig.py ./
COPY cowboy cowboy
COPY manager_api manager_api
COPY consumers consumers
COPY config config
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

USER cowboy
ENV PYTHONUNBUFFERED=1 COWBOY_LOG_FORMAT=json
