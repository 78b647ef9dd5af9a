"""Frigate's companion: names the people in Frigate's events, as Double Take did.

`FrigateEvent` is what Frigate says over MQTT, `FrigateApi` what it is asked over HTTP; `Evidence`
is what the pictures of one event say of the face in it, `Following` looks at one event until that
is sure, and `Companion` is the thread that follows them all.
"""
