# The recognition server on a CPU. Built from the top of the repository:
#   docker build -f deploy/docker/recognizer.Dockerfile -t lookout-recognizer .
# docs/containers.md tells more. BASE needs Python 3.11 or newer with venv, and Debian's C library.
ARG BASE=python:3.12-slim-bookworm@sha256:782412e85d0f0984994c290652577d4018aff08145c85b262bb63dc0c7522254

FROM ${BASE} AS build
ARG EXTRAS=server,api,models,sockets,mqtt,kafka,cameras,onvif,alerts,webpush,heic,c2pa,mongo
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
COPY . /src
# The bill of materials is made by a tool that stays behind.
RUN python3 -m venv /opt/lookout \
    && /opt/lookout/bin/pip install "/src[${EXTRAS}]" \
    && python3 -m venv /opt/sbom \
    && /opt/sbom/bin/pip install cyclonedx-bom==7.5.0 \
    && /opt/sbom/bin/cyclonedx-py environment --output-format JSON \
        --output-file /opt/lookout/sbom.cdx.json /opt/lookout/bin/python \
    && rm -rf /opt/lookout/lib/python3*/site-packages/pip* /opt/lookout/bin/pip*

FROM ${BASE}
LABEL org.opencontainers.image.title="Lookout recognizer" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/lookout /opt/lookout
# The one folder that is written: people, photographs, the store, networks. The user of the volume.
RUN install -d -o 1000 -g 1000 -m 0700 /data
ENV PATH=/opt/lookout/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    LOOKOUT_HOME=/data \
    XDG_CACHE_HOME=/data/cache \
    XDG_CONFIG_HOME=/data/config \
    LOOKOUT_SERVER_HOST=0.0.0.0 \
    LOOKOUT_HTTP_HOST=0.0.0.0
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8000 8002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=4 \
    CMD ["python3", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('LOOKOUT_HTTP_PORT', '8000') + '/healthz', timeout=4)"]
ENTRYPOINT ["lookout"]
CMD ["server"]
