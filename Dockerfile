# How to build and run it: docs/operations.md.

FROM python:3.13-slim AS build
WORKDIR /src
COPY constraints.txt ./
RUN pip install --no-cache-dir --constraint constraints.txt build hatchling
COPY . .
RUN python -m build --wheel --no-isolation --outdir /wheel \
    && python -m venv /opt/credence \
    && /opt/credence/bin/pip install --no-cache-dir --constraint constraints.txt /wheel/*.whl

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin credence \
    && install --directory --owner credence --group credence --mode 0700 /data
COPY --from=build /opt/credence /opt/credence
# The ledger lies on the volume; its folder is writable, because SQLite keeps its log beside it.
# Compiled loops are kept on the volume too: the user has no home.
ENV PATH="/opt/credence/bin:$PATH" \
    CREDENCE_DATABASE="/data/credence.db" \
    NUMBA_CACHE_DIR="/data/.compiled"
WORKDIR /data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=4); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["credence", "serve", "--host", "0.0.0.0", "--port", "8000"]
