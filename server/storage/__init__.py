"""What Lookout keeps, and how: sealed, crash-safe, behind one small interface.

    with open_store(Path("data"), os.environ) as store:
        alice = Person(new_id(), "Alice", time.time(), identifier="A-17")
        with store.transaction():
            store.people.add(alice)
            store.samples.add(FaceSample(new_id(), alice.id, encoding, "dlib-128", "upload", now_s))
        store.people.delete(alice.id)  # destroys the key that everything of Alice is sealed with

`store.py` is the interface, `records.py` what goes through it, `sqlite/` what stands behind it;
docs/storage.md says what is sealed and what is not.
"""
