"""The HTTP application on port 8000, in the process of the socket service.

app = make_app(ApiSettings(), parts)       # parts.py says what it is put together from
server = HttpServer(app, listener)         # serving.py runs it in the event loop of the service

Routes lie one file a noun under `routes/`. `guard.py` lets nobody in who may not, before the body
is read; `intake.py` is the one place where a picture comes in; `envelope.py` is the one shape of
an error. docs/api.md is for those who write clients.
"""
