"""Bringing in a registry: a table of people, one a row, with a photograph each.

    rows = read_rows(Path("people.xlsx"))
    job = RegistryImport(store, FaceReader(detector, encoder), Pictures(Path("photos")))
    reports = job.run(rows, run_id, clock=time.time)

`rows.py` reads the table, `pictures.py` and `fetch.py` get the photographs, `reader.py` finds the
face, `importer.py` decides and keeps, `report.py` writes what became of each row.
"""
