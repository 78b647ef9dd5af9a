"""Bringing in a registry: a table of people, one a row, with a photograph each.

    rows = read_rows(Path("people.xlsx"))
    job = RegistryImport(store, PhotoExaminer(detector, encoder), Pictures(Path("photos")))
    reports = job.run(rows, run_id, clock=time.time)

`rows.py` reads the table, `pictures.py` and `fetch.py` get the photographs, `importer.py` decides
and keeps, `row_report.py` is the verdict on a row, `report_file.py` writes all of them down.
"""
