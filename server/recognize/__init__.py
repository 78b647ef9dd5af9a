"""Recognition of files: pictures, videos and streams; who was seen, and when.

footage → frames → pipeline → tracks → decisions → timeline → pictures, tables, an annotated copy

The frames of a video go through `server.live.pipeline` as those of a camera do; only the clock is
the video's own, so a file is processed as fast as the machine can. These are the parts that the
command line (`server.commands.recognize`) and the HTTP API (`server.api.routes.videos`) share.
"""
