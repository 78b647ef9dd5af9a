"""The routes, one file a noun. Each has a `router`; `server.api.application` lists them."""
