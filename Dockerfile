# Arxonomy as a service: a plain install with the extras `serve` and `hub`, without PyTorch, run by a user without
# rights. compose.yaml beside this file runs it with a read-only file system, limits and a volume.
#
#     docker build -t arxonomy .
#     docker run -p 127.0.0.1:8000:8000 -e ARXONOMY_API_KEY=... arxonomy
#
# The model in the package answers; for another one: -v /path/to/bundle:/bundle:ro ... arxonomy --model /bundle, or
# --model hf://OWNER/NAME@COMMIT. Other commands need other extras: --build-arg EXTRAS=feed
FROM python:3.12-slim
ARG EXTRAS=serve,hub
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 XDG_DATA_HOME=/data HF_HOME=/data/hub
ENV XDG_CACHE_HOME=/tmp
# ONNX Runtime would make an id of the machine for its telemetry.
ENV ORT_DISABLE_TELEMETRY=1
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN python -m pip install -c constraints.txt ".[${EXTRAS}]"
RUN useradd --system --no-create-home --uid 10001 arxonomy && install -d -o 10001 /data
USER 10001
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["arxonomy", "serve", "--host", "0.0.0.0", "--port", "8000"]
