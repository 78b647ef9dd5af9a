"""Images a second over HTTP: Lookout beside a bare FastAPI route that calls `face_recognition`.

    python -m benchmarks.http                        all of it, with the memory over 5,000 uploads
    python -m benchmarks.http --memory 0 --clients 8 a quick look

All servers are started at once, each as a process of its own, know the same people, and are asked
in turn over real sockets: 1, 8, then 64 clients, each of which uploads a photograph, waits for the
answer, and uploads the next. An answer counts from the moment every client has had its first one.
A client that is turned away (429 or 503 with Retry-After) waits and retries; anything else than
that or an answer is broken, and the exit status is 1. Photographs are real ones with faces, cut to
640×480; everybody in every second photograph is known.
"""
