"""The record of who was seen where and when: from the tracks of live frames to sightings.

`Watcher` observes recognition, `Recorder` is the thread that writes, `SightingWriter` finds the
sighting that a track belongs to, `UnknownClusters` the unknown person that a face seems to be.
"""
