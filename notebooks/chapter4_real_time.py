# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4 Real time
#
# A camera does not show photographs. It shows fifteen pictures a second of the same few people, and
# they want their names *now*. That sounds like fifteen times the work of a photograph. It is less,
# and the result is better, if you remember from one frame to the next. This chapter builds the live
# path step by step:
#
# 1. **tracks** say that the face in this frame is the one of the last;
# 2. **votes** make one decision out of many looks;
# 3. **the newest frame wins**, so that nothing ever falls behind;
# 4. and a **budget** says where the milliseconds go.
#
# Our camera is the one of `lookout demo`: a view that pans and zooms over a portrait.

# %%
import time
from collections import defaultdict

import cv2
import numpy as np
from book import (
    BLUE,
    FAST,
    GREEN,
    GREY,
    ORANGE,
    astronaut,
    canvas,
    detector,
    encode,
    encoder,
    people,
    picture,
    show,
)

from lookout.edge.cameras.demo import view_at
from lookout.edge.slot import Slot
from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Detections
from lookout.faces.tracking.follower import Follower, FrameQuery
from lookout.faces.tracking.tracker import Tracker

photo = astronaut()
RATE = 15
frames = [view_at(photo, 2 * index / RATE) for index in range(30 if FAST else 90)]
figure, plots = canvas(1, 4, 1.5)
for plot, index in zip(plots, np.linspace(0, len(frames) - 1, 4).astype(int), strict=True):
    picture(plot, frames[index], f"{index / RATE:.1f} s")
show(figure, "What the demo camera sees (played at twice its speed here).")

# %% [markdown]
# ## Tracks
#
# A track is one face over time. The tracker predicts where each known face should be by now, and
# matches the detections with these places. Nothing is recognized for that; it costs microseconds.
#
# What it buys is the expensive part. The encoder runs **when a track has earned it**: at its
# beginning, when the view has become better, and now and then to make sure. The rest of the frames
# inherit what is known.

# %%
sface = encoder()
crowd = people(240, 120)
known = crowd.gallery.added("Eileen Collins", encode(photo)[None])
rule = Rule.for_encoder("sface", sface.tolerance)
spent = defaultdict(list)


def timed(what, work):
    began = time.process_time()
    answer = work()
    spent[what].append(1e3 * (time.process_time() - began))
    return answer


tracker, encoded, ids, names = Tracker(sface.tolerance), [], set(), []
for index, image_bgr in enumerate(frames):
    now = index / RATE
    content = cv2.imencode(".jpg", image_bgr)[1]
    image_bgr = timed("decode the JPEG", lambda c=content: cv2.imdecode(c, cv2.IMREAD_COLOR))
    faces = timed("detect", lambda i=image_bgr: detector().detect([i])[0])
    tracks = timed("track", lambda f=faces, i=image_bgr, t=now: tracker.update(f, i, t))
    for row, track in enumerate(tracks):
        if track.wants_encoding(now):
            face = faces.take(np.array([row]))
            one = timed("encode", lambda i=image_bgr, f=face: sface.encode(sface.align(i, f))[0])
            track = tracker.learn(track, one, track.weight, now)
            encoded.append(index)
        decision = timed("decide", lambda t=track: decide(t.probes, known, rule))
        ids.add(track.id)
        names.append(decision.name)

print(f"{len(frames)} frames, {len(ids)} track, {len(encoded)} encodings")
print("names shown:", {str(name): names.count(name) for name in set(names)})

# %% [markdown]
# One track, and an encoding in few of the frames. Where does the time go? (We count processor time,
# not time on the clock, so that it does not matter what else the machine is doing.)

# %%
steps = list(spent)
each = [np.median(spent[step]) for step in steps]
per_frame = [sum(spent[step]) / len(frames) for step in steps]
figure, plot = canvas(height=2.2)
places = np.arange(len(steps))
plot.barh(places - 0.18, each, 0.34, color=GREY, label="each time that it is done")
plot.barh(places + 0.18, per_frame, 0.34, color=GREEN, label="per frame")
plot.set_yticks(places, steps)
plot.invert_yaxis()
plot.set(xlabel="processor time, milliseconds")
plot.legend(fontsize=8)
show(figure, "The cost of each step, and what remains of it per frame.")
print(
    f"in all {sum(per_frame):.1f} ms a frame: one core serves {1e3 / sum(per_frame):.0f} a second"
)

# %% [markdown]
# Encoding is the dearest step, and hardly matters, because it is done so seldom. Detection is what
# is left. It can be saved, too: between two searches of the whole frame it is enough to look
# through small **windows** where known faces are expected. `Follower` decides from measured costs
# when the whole frame is due, and at least every 0.4 s it is, because that bounds how late a new
# face can appear.

# %%
looked = []


class Counting:
    """A detector that writes down how many pixels it is asked to search."""

    name, face_px = detector().name, detector().face_px

    def detect(self, images_bgr):
        looked.append(sum(image.shape[0] * image.shape[1] for image in images_bgr))
        return detector().detect(images_bgr)


follower, tracker, where = Follower(Counting()), Tracker(sface.tolerance), []
for index, image_bgr in enumerate(frames):
    now = index / RATE
    expected = tuple(tracker.predict(now).values())
    looked.clear()
    faces = follower.find([FrameQuery("door", image_bgr, now, expected)])[0]
    tracker.update(faces, image_bgr, now)
    where.append(sum(looked) / (640 * 480))

figure, plot = canvas(height=2.2)
plot.bar(np.arange(len(where)) / RATE, where, 0.9 / RATE, color=BLUE)
plot.set(xlabel="seconds", ylabel="searched, in frames", ylim=(0, 1.1))
show(figure, "How much is searched: whole frames when they are due, small windows in between.")
print(f"on average {np.mean(where):.0%} of the pixels")

# %% [markdown]
# ## Votes
#
# One look at a face may be blurred, dark or turned aside. A track collects several, and the decision
# weighs them together, good views more than poor ones. Let us make the camera bad: noise and motion
# blur, different in every frame.

# %%
random = np.random.default_rng(4)


def bad_camera(image_bgr):
    length = int(random.integers(1, 26))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    moved = cv2.filter2D(image_bgr, -1, kernel)
    noisy = 0.35 * moved + random.normal(0, 7, moved.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


probes, alone, together = [], [], []
for image_bgr in [bad_camera(frame) for frame in frames[:: 2 if FAST else 3]]:
    faces = detector().detect([image_bgr])[0].largest(1)
    if not len(faces):
        continue
    weight = Tracker().update(faces, image_bgr, 0.0)[0].weight
    probes.append(Probe(sface.encode(sface.align(image_bgr, faces))[0], weight))
    alone.append(decide(probes[-1:], known, rule))
    together.append(decide(probes[-12:], known, rule))

figure, plot = canvas(height=2.8)
x = np.arange(len(alone))
for decisions, colour, label in (
    (alone, ORANGE, "each look alone"),
    (together, GREEN, "the track"),
):
    plot.plot(x, [max(one.chance, 1e-12) for one in decisions], "o-", color=colour, label=label,
              markersize=4)  # fmt: skip
plot.axhline(rule.fpir, color="black", linestyle=":", linewidth=1)
plot.annotate("allowed", (0, rule.fpir * 1.6), fontsize=8)
plot.set_yscale("log")
plot.set(xlabel="look", ylabel="chance of a stranger")
plot.legend(fontsize=8)
show(figure, "The chance that a stranger would come as near. Below the line there is a name.")
print("named:", sum(one.name is not None for one in alone), "of", len(alone), "looks alone;",
      sum(one.name is not None for one in together), "as a track")  # fmt: skip

# %% [markdown]
# The orange line jumps up and down, and with it a name would flicker on the screen. The green one
# settles. This is the cheapest gain in accuracy there is, because the frames are there anyway.
#
# It has a danger, which is why tracks need care: votes of *another* face would be counted, too. So
# a name must never outlive its face. When the picture cuts, or what is in the box suddenly looks
# different, the track is **doubted** and shows no name until a new encoding confirms it.

# %%
tracker = Tracker(sface.tolerance)
box = Detections(np.array([[240, 120, 400, 330]], np.float32), np.ones(1, np.float32))
cut = np.roll(frames[0][::-1], 90, axis=1)  # another scene, the box in the same place
shown = []
for index, image_bgr in enumerate([frames[0]] * 6 + [cut] * 6):
    track = tracker.update(box, image_bgr, index / RATE)[0]
    if index == 0:
        track = tracker.learn(track, encode(photo), 1.0, 0.0)
    shown.append(("known" if track.probes else "") or ("doubted" if track.doubted else "new"))
print(" ".join(shown))

# %% [markdown]
# ## The newest frame wins
#
# Suppose that recognition takes 100 ms a frame, and the camera delivers one every 67 ms. A queue
# between them grows without end: after a minute the picture on the screen is twenty seconds old. A
# bigger queue does not help, and neither does a faster camera. For live video the right "queue" has
# one place. Whoever brings a new frame *replaces* the one that waits.
#
# This simulation runs on a clock of its own, with Lookout's real slot on one side.

# %%
PERIOD, WORK, SECONDS = 1 / 15, 0.100, 20.0


def with_queue():
    """Frames wait in line; returns (when shown, how old)."""
    free, ages = 0.0, []
    for taken in np.arange(0, SECONDS, PERIOD):
        free = max(free, taken) + WORK
        ages.append((free, free - taken))
    return np.array(ages)


def with_slot():
    slot, seen, clock, ages = Slot(), 0, 0.0, []
    arrivals = list(np.arange(0, SECONDS, PERIOD))
    while arrivals:
        while arrivals and arrivals[0] <= clock:
            slot.put(arrivals.pop(0))
        newest = slot.newest()
        if newest is None or newest[0] == seen:
            clock = arrivals[0]
            continue
        seen, taken = newest
        clock += WORK
        ages.append((clock, clock - taken))
    return np.array(ages)


figure, plot = canvas(height=2.6)
for ages, colour, label in ((with_queue(), ORANGE, "queue"), (with_slot(), GREEN, "newest wins")):
    plot.plot(ages[:, 0], ages[:, 1], color=colour, label=label)
    print(f"{label:12} {len(ages)} frames shown, the last one {ages[-1, 1]:.2f} s old")
plot.set(xlabel="seconds since the start", ylabel="age of the picture, s", xlim=(0, SECONDS))
plot.legend()
show(figure, "Recognition is slower than the camera. What the viewer sees.")

# %% [markdown]
# The slot drops a third of the frames and nobody misses them. The queue keeps every frame, is a second
# late after three, and useless soon after that. In Lookout nothing between camera and screen queues:
# [the way of a frame](../docs/architecture.md) lists every slot on it.
#
# ## Exercises
#
# **1.** What is the oldest picture that the slot can ever show with these numbers?
#
# <details><summary>Answer</summary>
#
# A frame waits at most until the work on the one before it ends, and not longer than a camera
# period, because then a newer one replaces it: 67 ms, and 100 ms of work make 167 ms. Latency is
# bounded by *period + work*, whatever happened before.
#
# </details>
#
# **2.** Would you rather have an average of 40 ms with an occasional 500, or always 80?
#
# <details><summary>Answer</summary>
#
# Always 80. A viewer gets used to a constant delay, but sees every stutter. That is why latency is
# reported as percentiles (p50, p95, p99) and never as a mean alone: [Figures](../docs/figures.md).
#
# </details>
#
# **3.** How large a share of the strangers would be named if every look counted by itself, and a
# single good one were enough for a name?

# %% tags=["answer"] jupyter={"source_hidden": true}
for looks in (1, 5, 12):
    print(f"{looks:2} independent looks: {1 - (1 - 0.01) ** looks:.1%} of the strangers get a name")
# Looks of one track are far from independent, so it is less than that, but "any look will do" always
# raises the rate of named strangers. Averaging lowers it.

# %% [markdown]
# ## Where this is in Lookout
#
# | what | code |
# |---|---|
# | tracks and doubts | `faces/tracking/tracker.py` |
# | windows between full searches | `faces/tracking/follower.py` |
# | when a track is encoded | `faces/tracking/cadence.py` |
# | the newest frame | `edge/slot.py`, `server/live/scheduler.py` |
#
# Next: [5 Improving accuracy](chapter5_accuracy.py)
