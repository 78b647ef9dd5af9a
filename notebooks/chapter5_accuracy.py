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
# # 5 Improving accuracy
#
# When names are missing or wrong, the reflex is to look for a better network. Often enough that is
# the last thing that helps. This chapter goes through what there is to turn, in the order in which
# it usually pays: the light and the lens, the photographs that people are enrolled with, a second
# encoder, and at last the line between known and unknown. Every claim is measured on the same
# people, and one of the tricks that everybody recommends turns out to do harm.

# %%
import cv2
import numpy as np
from book import (
    FAST,
    GREEN,
    GREY,
    ORANGE,
    astronaut,
    canvas,
    encode,
    encoder,
    find,
    people,
    picture,
    show,
)

from benchmarks.support.degrade import degrade
from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detect.second_look import brightened
from lookout.faces.metrics.identification import rates_at_fpir
from lookout.faces.metrics.share import Share
from lookout.faces.photo.quality import view_of

photo = astronaut()
PEOPLE, SHOWN = 240, 120

# %% [markdown]
# ## Light and lens
#
# Here are the faults that cameras have, each as a recipe that can be repeated exactly
# ([the recipes](../docs/benchmarks.md)). The enrolled photographs stay good; only what the camera
# sees gets worse.

# %%
recipes = {
    "none": "clear",
    "jpeg": "strangled link",
    "blur": "out of focus",
    "small": "far away",
    "night": "cheap camera, night",
    "dark+blur": "dark and out of focus",
}
figure, plots = canvas(2, 3, 4.6)
for plot, (recipe, name) in zip(plots.flat, recipes.items(), strict=True):
    spoilt = degrade(photo, recipe)
    height, width = spoilt.shape[:2]
    picture(plot, spoilt[: int(0.55 * height), int(0.2 * width) : int(0.75 * width)], name)
show(figure, "The same portrait in six situations.")

# %%
measured = {}
for recipe in ("none", "night") if FAST else recipes:
    mated, own, others = people(PEOPLE, SHOWN, recipe=recipe).trials()
    rates, _ = rates_at_fpir(mated, own, others, 0.01)
    measured[recipe] = (np.isfinite(mated[:, 0]).mean(), rates.named_right)

figure, plot = canvas(height=2.6)
places = np.arange(len(measured))
shares = np.array(list(measured.values()))
plot.barh(places - 0.19, shares[:, 0], 0.36, color=GREY, label="face found")
plot.barh(
    places + 0.19, shares[:, 1], 0.36, color=GREEN, label="right name, 1 % of strangers named"
)
plot.set_yticks(places, [recipes[recipe] for recipe in measured])
plot.invert_yaxis()
plot.set(xlim=(0, 1.0))
plot.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 1.22), ncols=2)
show(figure, "Finding a face is easier than naming it, in every light.")
for recipe, (found_share, named_share) in measured.items():
    print(f"{recipes[recipe]:22} found {found_share:4.0%}  named {named_share:4.0%}")

# %% [markdown]
# In each of these lights nearly every face is *found*. Strong compression, an unfocused lens and
# distance each cost some points of names; the cheap camera at night costs a quarter of them; and where
# darkness and blur come together, most are gone. So the first thing to improve is **in the room, not
# in the code**: a lamp, a clean lens, a camera at the height of faces, two metres nearer. No encoder
# gives back what the sensor never got.
#
# ### Should pictures be brightened?
#
# It looks so obvious: the picture is dark, so make it bright. For finding faces it does help where
# there is hard shadow, which is why Lookout takes a second look in corrected light when a frame
# shows fewer faces than expected. For *naming* them, measure before you believe.

# %%
dark = degrade(photo, "night")
bright = brightened(dark)
reference = encode(photo)
figure, plots = canvas(1, 3, 2.9)
for plot, image_bgr, name in (
    (plots[0], photo, "enrolled"),
    (plots[1], dark, "at night"),
    (plots[2], bright, "brightened"),
):
    height, width = image_bgr.shape[:2]
    one = encode(image_bgr)
    far = "no face" if one is None else f"distance {np.linalg.norm(one - reference):.2f}"
    part = image_bgr[: int(0.55 * height), int(0.2 * width) : int(0.75 * width)]
    picture(plot, part, f"{name}\n{far}")
show(figure, "Brightening does not bring the face nearer to the enrolled one.")

# %% [markdown]
# A person looking at the pictures prefers the right one. The encoder does not: brightening raises
# the noise together with the face, and the network has seen dark faces in training but few noisy
# ones. On a thousand people at night, with reid-0095, a gain cost six and a gamma nine points of right
# names ([what helped and what did not](../docs/decisions.md)). Lookout therefore searches in corrected
# light, and encodes what the camera saw.
#
# ## The enrolled photograph
#
# A fault at the door spoils one look. A fault in the enrolled photograph spoils all of them, for
# years. So quality pays most there. Let us spoil the enrolled portrait, more and more, and show it a
# good probe.

# %%
probe = encode(np.ascontiguousarray(photo[:, ::-1]))
steps = np.linspace(0, 8, 12)
sharp, far = [], []
for sigma in steps:
    spoilt = photo if sigma == 0 else cv2.GaussianBlur(photo, (0, 0), float(sigma))
    faces = find(spoilt).largest(1)
    if not len(faces):
        continue
    sharp.append(view_of(spoilt, faces.box_xyxy[0]).sharpness)
    far.append(float(np.linalg.norm(encode(spoilt) - probe)))
figure, plot = canvas(height=2.6)
plot.plot(sharp, far, "o-", color=GREEN, markersize=4)
plot.axvspan(0, 0.65, color=ORANGE, alpha=0.12)
plot.annotate("refused as blurred", (0.03, min(far) + 0.05), color=ORANGE, fontsize=9)
plot.set(xlabel="sharpness of the enrolled photograph", ylabel="distance of a good probe")
plot.set(xlim=(0, 1))
show(figure, "What an unsharp photograph in the gallery costs every later look.")

# %% [markdown]
# The gate refuses a photograph *before* it begins to cost. And the easiest gain of all: enrol a
# second photograph, taken on another day. Of some people here there are enough pictures to try it:
# each is shown at night, known by one good photograph and then by two.

# %%
crowd = people(PEOPLE, 2 * SHOWN, recipe="night")
clear = people(PEOPLE, 2 * SHOWN)
rule = Rule.for_encoder("sface", encoder().tolerance)
named = {"one photograph": [], "two photographs": []}
for name, number, one in zip(crowd.whose, crowd.photograph, crowd.probes, strict=True):
    rows = [
        row
        for row, whose in enumerate(clear.whose)
        if whose == name and clear.photograph[row] != number  # not the one that is shown
    ]
    if not rows:
        continue
    more = clear.gallery.added(name, clear.probes[rows[0]][None])
    for label, gallery in (("one photograph", clear.gallery), ("two photographs", more)):
        named[label].append(decide([Probe(one)], gallery, rule).name == name)
for label, hits in named.items():
    print(f"{label:16} {Share(sum(hits), len(hits))} % right names at night")

# %% [markdown]
# ## A second encoder
#
# Two encoders that were trained differently make different mistakes. Laid side by side and weighed,
# they are better than either. Here are the ones on this machine, at night, with one stranger in a
# hundred named.

# %%
from lookout.faces.errors import ModelError

candidates = (
    ["dlib-128", "sface"] if FAST else ["dlib-128", "reid-0095", "sface", "sface+reid-0095"]
)
figures = {}
for name in candidates:
    try:
        mated, own, others = people(PEOPLE, SHOWN, name, "night").trials()
    except ModelError as error:
        print(f"{name} is not here: {error}")
        continue
    rates, _ = rates_at_fpir(mated, own, others, 0.01)
    hits = round(rates.named_right * len(mated))
    figures[name] = Share(hits, len(mated))
    print(f"{name:16} {figures[name]} %")

figure, plot = canvas(height=2.0)
low = [share.share - share.interval[0] for share in figures.values()]
high = [share.interval[1] - share.share for share in figures.values()]
plot.barh(list(figures), [share.share for share in figures.values()], color=GREEN, height=0.55,
          xerr=[low, high], error_kw={"linewidth": 1})  # fmt: skip
plot.invert_yaxis()
plot.set(xlabel="right names at night, 1 % of strangers named", xlim=(0, 1))
show(figure, "Encoders beside each other. The thin lines are 95 % intervals.")

# %% [markdown]
# Look at the intervals before you declare a winner. With 120 probes a difference of five points may
# be nothing. [Models](../docs/models.md) has the same comparison with more people.
#
# ## The line, and whether to believe it
#
# Lookout allows a *chance*, not a distance. Is the chance true? That is a question of
# **calibration**: among faces of which the model says "one stranger in twenty comes as near", it
# should be one in twenty. We can check it with strangers: for every chance that might be allowed,
# count how many of them would be named.

# %%
crowd = people(1184, 300) if not FAST else people(PEOPLE, SHOWN)
chances = np.array([decide([Probe(one)], crowd.gallery, rule).chance for one in crowd.strangers])
allowed = np.geomspace(1e-3, 0.5, 60)
counted = np.array([(chances <= value).mean() for value in allowed])
band = np.array([Share(int((chances <= value).sum()), len(chances)).interval for value in allowed])

figure, plot = canvas(height=3.2)
plot.plot(allowed, allowed, color=GREY, linestyle=":", label="as promised")
plot.plot(allowed, counted, color=GREEN, label="counted")
plot.fill_between(allowed, band[:, 0], band[:, 1], color=GREEN, alpha=0.15)
plot.axvline(rule.fpir, color=ORANGE, linewidth=1)
plot.annotate("the default", (rule.fpir * 1.08, 0.3), color=ORANGE, fontsize=8)
plot.set_xscale("log")
plot.set_yscale("log")
plot.set(xlabel="chance allowed", ylabel="strangers named", ylim=(5e-4, 1))
plot.legend()
show(figure, f"Promise and reality, for {len(crowd.gallery)} people and {len(chances)} strangers.")

# %% [markdown]
# A curve on the dotted line is a promise kept; above it more strangers are named than promised. The
# default allows half of the one per cent that is promised, because your strangers are not LFW's.
# `lookout calibrate` fits the line to your own people and, if you have them, your own strangers.
#
# ## Exercises
#
# **1.** You have money for one of: a better camera, a lamp, a computer twice as fast, another
# network. Where do you look first?
#
# <details><summary>Answer</summary>
#
# At the measurements. If faces are not *found*, or found small, it is the camera or its place. If
# they are found and dark, the lamp, the cheapest of the four. A faster computer buys more frames,
# and these help only if there were too few looks before. A better network gains points, once the
# picture is good.
#
# </details>
#
# **2.** How many probes does it take to tell 93 % from 95 % with confidence?

# %% tags=["answer"] jupyter={"source_hidden": true}
for count in (150, 500, 1500, 5000):
    low, high = Share(round(0.93 * count), count).interval
    print(f"{count:5} probes: 93 % is somewhere between {low:.1%} and {high:.1%}")
# Only from about 1,500 on does the interval of 93 % leave 95 % out. (On the *same* probes a paired
# test needs fewer, because both encoders find the same ones easy.)

# %% [markdown]
# **3.** Tuning the threshold on the very people that you then report is a mistake. Which one, and how
# does this repository avoid it?
#
# <details><summary>Answer</summary>
#
# The threshold also fits the accidents of that list, so the figure promises more than other people
# will see. Lookout's numbers are fitted on one half of the people and reported on the other
# ([Decisions](../docs/decisions.md)); where a constant was chosen with both halves in view, the page
# says so.
#
# </details>
#
# Next: [6 Clustering](chapter6_clustering.py)
