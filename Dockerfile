# Arxonomy as a service: a plain install with the extra `serve`, without PyTorch, run by a user without rights.
#
#     docker build -t arxonomy .
#     docker run -p 8000:8000 -e ARXONOMY_API_KEY=... arxonomy
#
# The model in the package answers; for another one: -v /path/to/bundle:/bundle:ro ... arxonomy --model /bundle
FROM python:3.12-slim
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN python -m pip install -c constraints.txt '.[serve]'
RUN useradd --system --no-create-home --uid 10001 arxonomy
USER 10001
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["arxonomy", "serve", "--host", "0.0.0.0", "--port", "8000"]
