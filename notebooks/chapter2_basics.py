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
# # 2 Encodings and distances
#
# An encoder turns an aligned face into a list of numbers, its **encoding**. It has been trained so
# that two photographs of one person get lists that are close together, and photographs of two people
# lists that are far apart. The numbers mean nothing by themselves: there is none for the nose and
# none for the chin. Only distances mean something.
#
# This chapter looks at these distances, draws the line between "the same" and "another", and then
# finds out why the most popular line of all, 0.6, gives names to strangers.

# %%
import cv2
import numpy as np
from book import (
    GREEN,
    GREY,
    ORANGE,
    astronaut,
    canvas,
    encode,
    encoder,
    people,
    picture,
    show,
    your_pictures,
)

from benchmarks.support.degrade import degrade
from lookout.faces.metrics.share import Share
from lookout.faces.metrics.verification import best_threshold, roc_curve

photo = astronaut()
encoding = encode(photo, "dlib-128")
print(f"{len(encoding)} numbers; the first five: {encoding[:5].round(3)}")

# %% [markdown]
# We use dlib's encoder here, the one behind the `face_recognition` package, because its threshold
# of 0.6 is in a thousand tutorials. The distance is the ordinary one of school geometry, only in
# 128 dimensions: the root of the sum of the squared differences.
#
# ## How far is a person from herself?

# %%
variants = {
    "the photograph": photo,
    "mirrored": photo[:, ::-1],
    "smaller": cv2.resize(photo, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA),
    "JPEG of quality 10": degrade(photo, "jpeg"),
    "out of focus": degrade(photo, "blur"),
    "at night": degrade(photo, "night"),
}
figure, plots = canvas(2, 3, 4.9)
for plot, (name, image_bgr) in zip(plots.flat, variants.items(), strict=True):
    seen = encode(np.ascontiguousarray(image_bgr), "dlib-128")
    height, width = image_bgr.shape[:2]
    part = image_bgr[: int(0.62 * height), int(0.15 * width) : int(0.77 * width)]
    far = "no face" if seen is None else f"distance {np.linalg.norm(seen - encoding):.2f}"
    picture(plot, np.ascontiguousarray(part), f"{name}\n{far}")
show(figure, "One photograph, spoilt in six ways, and its distance from the first.")

# %% [markdown]
# All of them stay below 0.6, the one that is out of focus only just. Be careful with experiments like this one, though, and with the
# many demos that do the same: it is **one photograph** throughout. Another day, another light,
# another ten years are what makes recognition hard, and no filter applied to a single photograph
# shows any of it.
#
# If you have put photographs into `notebooks/pictures/NAME/`, here is the honest version with
# people you know.

# %%
yours = your_pictures()
found = [
    (name, one)
    for name, images in yours.items()
    for image_bgr in images
    if (one := encode(image_bgr, "dlib-128")) is not None
]
if len(found) > 1:
    rows = np.array([one for _, one in found])
    table = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    figure, plot = canvas(height=5)
    plot.imshow(table, cmap="viridis_r", vmin=0, vmax=1)
    plot.set_xticks(range(len(found)), [name for name, _ in found], rotation=90)
    plot.set_yticks(range(len(found)), [name for name, _ in found])
    show(figure, "Your pictures: dark squares on the diagonal are people who look like themselves.")
else:
    print("there are no pictures in notebooks/pictures/NAME/ yet")

# %% [markdown]
# ## Same or different?
#
# Now with hundreds of people of whom there are two photographs, taken on different days. Each pair
# of one person gives a distance, and so does each pair of different people. Draw both as
# histograms, and everything there is to know about verification is in one picture.

# %%
crowd = people(300, 300, "dlib-128")
print("these people are", "from LFW" if crowd.real else "made up")
all_distances = crowd.gallery.distances(crowd.probes)
same = all_distances[np.arange(len(crowd.probes)), crowd.own]
mask = np.ones_like(all_distances, bool)
mask[np.arange(len(crowd.probes)), crowd.own] = False
different = all_distances[mask]
print(f"{len(same)} pairs of one person, {len(different):,} pairs of two")

bins = np.linspace(0, 1.3, 66)
figure, plot = canvas(height=3)
plot.hist(same, bins, density=True, color=GREEN, alpha=0.75, label="one person")
plot.hist(different, bins, density=True, color=ORANGE, alpha=0.65, label="two people")
plot.axvline(0.6, color="black", linestyle=":", linewidth=1)
plot.annotate("0.6", (0.605, plot.get_ylim()[1] * 0.93))
plot.set(xlabel="distance", ylabel="density", xlim=(0.1, 1.3))
plot.legend()
show(figure, "Distances between two photographs of one person, and of two people.")

# %% [markdown]
# Two hills whose feet overlap. Wherever you put the line, some of the green lies
# to its right (people who are not recognized) and some of the orange to its left (people who are
# taken for somebody else). The names of the two errors are **false non-match** and **false match**.
# Moving the line trades the one for the other; only a better encoder makes both smaller.

# %%
distance = np.concatenate([same, different]).astype(np.float64)
truth = np.concatenate([np.ones(len(same), bool), np.zeros(len(different), bool)])
far, tar = roc_curve(distance, truth)
figure, plot = canvas(height=3)
plot.plot(np.maximum(far, 1e-5), tar, color=GREEN)
for line in (0.4, 0.5, 0.6):
    x, y = (different <= line).mean(), (same <= line).mean()
    plot.plot([max(x, 1e-5)], [y], "o", color=ORANGE)
    plot.annotate(f"{line}", (max(x, 1e-5) * 1.25, y - 0.06))
plot.set_xscale("log")
plot.set(
    xlabel="false matches, as a share of pairs of two people",
    ylabel="recognized",
    ylim=(0, 1.03),
)
plot.grid(alpha=0.25)
show(figure, "Every possible threshold at once. The horizontal scale is logarithmic.")
wrong = Share(int((different <= 0.6).sum()), len(different))
print(f"at 0.6: {100 * (same <= 0.6).mean():.1f} % recognized, false matches {wrong} %")

# %% [markdown]
# 0.6 does not look bad at all: nearly everybody is recognized, and one pair in two hundred is
# mistaken. It is close to the line with the most right answers on *balanced* lists, which hold as
# many pairs of one kind as of the other. That is how benchmarks score, and where the number comes
# from.

# %%
balanced = np.concatenate([same, different[:: max(1, len(different) // len(same))]])
kinds = np.arange(len(balanced)) < len(same)
best = best_threshold(balanced.astype(np.float64), kinds)
print(f"the best threshold of as many pairs of both kinds: {best:.2f}")

# %% [markdown]
# ## Why 0.6 names strangers
#
# A door is not a list of balanced pairs. Whoever stands before it is compared with **everybody who
# is enrolled**, and the nearest one gives the name. If one comparison goes wrong with the chance
# *p*, then of *N* comparisons at least one goes wrong with the chance
#
# 1 − (1 − *p*)<sup>*N*</sup>
#
# which grows almost *N* times as fast as you would like. Let us enrol more and more people, and show
# the camera strangers only.

# %%
strangers = crowd.gallery.distances(crowd.strangers)
p = (strangers <= 0.6).mean()
total = len(crowd.gallery)
sizes = np.unique(np.geomspace(1, total, 24).round().astype(int))
random = np.random.default_rng(1)
named = []
for size in sizes:
    draws = [random.choice(total, size, replace=False) for _ in range(20)]
    named.append(np.mean([(strangers[:, rows].min(axis=1) <= 0.6).mean() for rows in draws]))

counts = np.geomspace(1, 2000, 100)
figure, plot = canvas(height=3.2)
plot.plot(counts, 1 - (1 - p) ** counts, color=GREY, label="1 − (1 − p)ᴺ")
plot.plot(sizes, named, "o", color=ORANGE, markersize=4, label="counted")
plot.set_xscale("log")
plot.set(
    xlabel="people enrolled", ylabel="strangers who get a name", ylim=(0, 1.03), xlim=(1, 2000)
)
plot.legend()
plot.grid(alpha=0.25)
show(figure, "Strangers who get somebody's name at a fixed threshold of 0.6.")
print(f"one comparison errs {100 * p:.2f} times in a hundred; {total} of them: {named[-1]:.0%}")

# %% [markdown]
# Three people in a flat: a stranger now and then. A few hundred in an office: most strangers walk
# in under a colleague's name. The formula runs a little ahead of the count because comparisons are
# not independent: a face that looks like many people collects several of the errors, and can only
# be named once.
#
# There is no better constant to put in the place of 0.6. A stricter one that is safe for a thousand
# people would turn away the members of a family of three. **The line has to move with the number of
# people**, and the right thing to hold fixed is what you can actually promise: "at most one stranger
# in a hundred gets a name". For each size of gallery, where would the line have to be?

# %%
from statistics import NormalDist

from lookout.faces.decision.stranger_model import STRANGERS

model = STRANGERS["dlib-128"]
tail = NormalDist(model.mean, model.spread)  # of the squared distance between two people
needed = []
for size in sizes:
    draws = [random.choice(total, size, replace=False) for _ in range(20)]
    needed.append(np.mean([np.quantile(strangers[:, rows].min(axis=1), 0.01) for rows in draws]))
computed = [np.sqrt(tail.inv_cdf(1 - 0.99 ** (1 / n))) for n in counts]

figure, plot = canvas(height=3)
plot.plot(counts, computed, color=GREEN, label="computed")
plot.plot(sizes, needed, "o", color=ORANGE, markersize=4, label="counted")
plot.axhline(0.6, color="black", linestyle=":", linewidth=1)
plot.annotate("0.6", (1100, 0.605))
plot.set_xscale("log")
plot.set(xlabel="people enrolled", ylabel="distance to allow", xlim=(0.9, 2000))
plot.legend()
plot.grid(alpha=0.25)
show(figure, "The threshold at which one stranger in a hundred gets a name.")

# %% [markdown]
# The green line was not drawn through the dots. It comes from two numbers that Lookout keeps for each
# encoder (fitted to pairs of one half of LFW's people, so expect it to do a little worse on yours): the
# mean and the spread of the *squared* distance between two different people, whose lower tail is very
# nearly that of a normal distribution. From these two and the number of people it computes
# where the line has to be, and that is all a promise needs.
#
# In practice it is more careful in small galleries, and counts as if at least 50 people were enrolled
# (1,000 with SFace): in a home, strangers are relatives and stand before the same camera in the same
# light. It also takes into account how crowded it is around a face.
# [Decisions](../docs/decisions.md) has the reasons and the measurements.
#
# ## Exercises
#
# **1.** How many people may be enrolled until half of all strangers get a name at 0.6, by the
# formula?

# %% tags=["answer"] jupyter={"source_hidden": true}
half = np.log(0.5) / np.log(1 - p)
print(f"about {half:.0f} people: (1 − {p:.4f}) to the power of {half:.0f} is a half")

# %% [markdown]
# **2.** Many encoders are compared by their *cosine* instead of their distance; SFace's published
# threshold is a cosine of 0.363. Both say the same if the encodings have length 1. What distance is
# that?

# %% tags=["answer"] jupyter={"source_hidden": true}
# |a − b|² = |a|² + |b|² − 2 a·b = 2 − 2 cos
print(f"√(2 − 2 · 0.363) = {np.sqrt(2 - 2 * 0.363):.2f}; Lookout says {encoder().tolerance:.2f}")

# %% [markdown]
# **3.** A vendor says "99.4 % accuracy on LFW". Does that tell you how many strangers get a name at
# your door?
#
# <details><summary>Answer</summary>
#
# No. It is the accuracy on 6,000 balanced pairs: 0.6 % of the answers were wrong. If half of those
# errors are false matches, then *p* is about 0.006, and among 300 people 1 − 0.994³⁰⁰ = 84 % of
# strangers get a name at that threshold. Ask for the rate of identification at a stated rate of
# false positives, with as many people as you have: DIR at FPIR, which is chapter 3.
#
# </details>
#
# ## Where this is in Lookout
#
# | what | code |
# |---|---|
# | encoders, one file each | `faces/encode/` |
# | the gallery and its distances | `faces/gallery/gallery.py` |
# | errors and curves | `faces/metrics/` |
# | how near strangers come | `faces/decision/stranger_model.py` |
#
# Next: [3 One photograph for 1,200 people](chapter3_large_scale.py)
