"""Nginx: Debian's nginx as a slicing cache, configured as well as its documentation and its users know how."""

import getpass
import os

from .processes import Process, answers, free_port

PROGRAM = "/usr/sbin/nginx"

# What bench/README.md says about fairness is decided here.
_CONFIG = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
worker_processes {workers};
worker_rlimit_nofile 16384;
events {{
  worker_connections 8192;
}}
http {{
  default_type application/octet-stream;
  log_format access escape=json '{{"client":"$remote_addr","origin":"$proxy_host","path":"$uri","range":"$http_range",'
    '"status":$status,"bytes":$body_bytes_sent,"cache":"$upstream_cache_status","seconds":$request_time}}';
  access_log {folder}/access.log access buffer=256k flush=1s;

  sendfile on;
  tcp_nopush off;
  tcp_nodelay on;
  {open_files}
  {aio}
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/client_body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;

  proxy_cache_path {folder}/cache levels=2:2 keys_zone=slices:256m inactive=10d max_size=16g use_temp_path=off;
  upstream origin {{
    server {origin};
    keepalive 64;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096 {reuseport};
    location / {{
      slice 1m;
      proxy_cache slices;
      proxy_cache_key $host$uri$slice_range;
      proxy_cache_valid 200 206 10d;
      proxy_cache_lock on;
      proxy_cache_lock_age 2m;
      proxy_cache_lock_timeout 1h;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header Range $slice_range;
      proxy_ignore_headers Cache-Control Expires;
      proxy_pass http://origin;
    }}
  }}
}}
"""


class Nginx(Process):
    """One nginx with its own cache folder; `threads` turns on aio threads, `open_files` a cache of open files."""

    def __init__(self, name, folder, origin, cores, workers, threads=False, open_files=False):
        self.folder = folder
        self._cores = cores
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self._config = folder / "nginx.conf"
        self._config.write_text(_CONFIG.format(
            # Started by root, nginx would make its workers another user's.
            user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
            folder=folder, origin=origin, port=port, workers=workers,
            aio="aio threads;" if threads else "",
            open_files="open_file_cache max=4096 inactive=60s;" if open_files else "",
            reuseport="reuseport" if workers > 1 else ""))
        self._start(name)

    def restart(self):
        """Starts it again on the same folder. REQUIRES: it was stopped or killed."""
        self._start(self.name)

    def target(self, path):
        return path

    def wait_for(self, path):
        self.wait_until(lambda: answers(self.address, self.target(path)))

    def _start(self, name):
        super().__init__(name, [PROGRAM, "-p", self.folder, "-c", self._config], self._cores,
                         self.folder / "output.log")
