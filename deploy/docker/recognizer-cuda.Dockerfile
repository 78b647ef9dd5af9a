# The recognition server on an NVIDIA GPU, amd64 only. Built from the top of the repository:
#   docker build -f deploy/docker/recognizer-cuda.Dockerfile -t lookout-recognizer-cuda .
# docs/containers.md tells more. The host needs the NVIDIA container toolkit. BASE brings CUDA 12 and
# cuDNN 9, which ONNX Runtime for GPUs is built against, and apt.
ARG BASE=nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04@sha256:8aef630a54bc5c5146ae5ce68e6af5caa3df0fb690bb91544175c91f307e4356

FROM ${BASE} AS python
# Versions of the distribution's own release get its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

FROM python AS build
ARG EXTRAS=server,api,models,sockets,mqtt,kafka,cameras,onvif,alerts,webpush,heic,c2pa,mongo
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
COPY . /src
# The bill of materials is made by a tool that stays behind.
RUN python3 -m venv /opt/lookout \
    && /opt/lookout/bin/pip install "/src[${EXTRAS}]" \
    && /opt/lookout/bin/pip uninstall -y onnxruntime \
    && /opt/lookout/bin/pip install onnxruntime-gpu==1.23.2 \
    && python3 -m venv /opt/sbom \
    && /opt/sbom/bin/pip install cyclonedx-bom==7.5.0 \
    && /opt/sbom/bin/cyclonedx-py environment --output-format JSON \
        --output-file /opt/lookout/sbom.cdx.json /opt/lookout/bin/python \
    && rm -rf /opt/lookout/lib/python3*/site-packages/pip* /opt/lookout/bin/pip*

FROM python
LABEL org.opencontainers.image.title="Lookout recognizer with CUDA" \
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
    LOOKOUT_DEVICE=cuda \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility,video \
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
