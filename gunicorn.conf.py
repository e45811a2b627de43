"""How the server runs, here and in production: `gunicorn gamopanda.wsgi`. GUNICORN_CMD_ARGS changes any of it."""

workers = 2
threads = 4
# The filters of a list travel in its address, and may be long.
limit_request_line = 8190
# Two servers on one machine must not share a socket under the same home.
control_socket_disable = True
