"""Faces that sort themselves into people: pure, without names and without I/O.

    clusters = FaceClusters(stranger_model("sface", 1.13))
    clusters.add([UnsortedFace(encoding) for encoding in encodings])
    for people in clusters.clusters():
        ...  # the numbers of the faces of one person, the largest cluster first

What comes out depends on the faces and on what was said of them, never on the order in which they
came. docs/clusters.md has the method and what was measured.
"""
