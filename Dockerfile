# Takao in a container: the same set-up scripts as on a machine.
FROM python:3.11.13-slim-bookworm

WORKDIR /app
COPY setup setup
RUN setup/system-packages.sh run && rm -rf /var/lib/apt/lists/*
COPY . .
RUN setup/environment.sh run && useradd --create-home --uid 1000 takao && install -d -o takao /data

ENV PATH=/app/.venv/bin:$PATH TAKAO_HOME=/data PYTHONUNBUFFERED=1
USER takao
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-c", \
  "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["takao", "serve", "--host", "0.0.0.0", "--port", "8000"]
