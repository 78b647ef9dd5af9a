"""Who was seen where and when: from the tracks of live pictures to sightings in the store.

`Watcher` looks on while pictures are recognised, `Recorder` is the thread that writes, `Book` knows
which sighting a track belongs to, `Strangers` which unknown person a face seems to be.
"""
