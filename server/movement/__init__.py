"""Where somebody was: the sightings of one person over all cameras, as visits.

Names come from faces alone. The times that named people need from camera to camera may suggest who
an unknown person is, and contradict a name; they never give one.

`chainer` makes visits of sightings, `travel` learns the times between cameras, `plausibility` and
`suggestions` compare with them, `analytics` sums up, `log` writes it down for other programs.
"""
