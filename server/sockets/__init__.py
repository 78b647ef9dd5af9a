"""What happens, told to programs and pages over sockets: Socket.IO, WebSocket, server-sent events.

The three differ in how they carry a message and in nothing else: `Hub` writes each event once and
offers it to every `Listener`, `serve` tells one client what it missed and what comes, as long as it
may know.
"""
