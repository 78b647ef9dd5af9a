"""Pose from one picture: a photograph on a generic head that can be turned.

    from lookout.faces.landmarks.landmarker import Landmarker
    from lookout.faces.pose3d.head import head_of
    from lookout.faces.pose3d.view import view_of_head

    points_xy = Landmarker().points(image_bgr, face)[0]
    head = head_of(image_bgr, points_xy)
    view = view_of_head(head, yaw_deg=30.0)
    view.image_bgr, view.own        # the picture, and how much of it was really seen

The head is nobody's: what the views show beside the photograph is a guess (docs/pose.md).
"""
