"""Liveness: whether a face is a person before the camera, or a picture of one held before it.

    from lookout.faces.liveness.open import open_liveness
    from lookout.faces.liveness.track import TrackLiveness

    model = open_liveness()
    looks = TrackLiveness(model.name)
    for image_bgr, box_xyxy, time_s in views:
        looks = looks.with_look(model.look(image_bgr, box_xyxy), time_s)
    looks.verdict        # live, spoof or inconclusive; a score; the reasons

The words are those of ISO/IEC 30107-3: a bona fide presentation, an attack and its species, APCER,
BPCER. What one camera cannot know stands in docs/liveness.md.
"""
