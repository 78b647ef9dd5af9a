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
# # 6 Clustering
#
# A camera has seen two thousand unknown faces. Nobody wants to name two thousand pictures. But most
# of them show the same forty people, and if the faces could be sorted into heaps, forty names would
# do. Sorting without knowing who anybody is, or even how many people there are, is called
# **clustering**.
#
# You will see why the obvious method fails, what Lookout does instead, how to measure the result, and
# how much a single remark of a human being can help.

# %%
import numpy as np
from book import (
    FAST,
    GREEN,
    GREY,
    INK,
    ORANGE,
    canvas,
    encode,
    encoder,
    people,
    picture,
    show,
    your_pictures,
)

from lookout.faces.cluster.clusters import FaceClusters
from lookout.faces.cluster.linkage import agglomerate
from lookout.faces.cluster.unsorted_face import UnsortedFace
from lookout.faces.decision.stranger_model import stranger_model
from lookout.faces.metrics.clustering import judge_sorting

# %% [markdown]
# ## The obvious method, and its chain
#
# "Two faces that are near are one person. So put everything together that is connected by near
# pairs." It is a good idea with one flaw, and the flaw is easiest to see in two dimensions. Here are
# two heaps and a few points between them: people who look a little like the one and a little like
# the other.

# %%
random = np.random.default_rng(8)
left_heap = random.normal((0.0, 0.0), 0.32, (40, 2))
right_heap = random.normal((3.0, 0.0), 0.32, (40, 2))
bridge = np.column_stack([np.linspace(0.7, 2.3, 5), random.normal(0, 0.06, 5)])
points = np.concatenate([left_heap, right_heap, bridge])
apart = np.linalg.norm(points[:, None] - points[None], axis=2)


def single_link(distances, limit):
    """Everything that is connected by pairs within the limit gets one number."""
    group = np.arange(len(distances))
    for one, other in np.argwhere(distances <= limit):
        group[group == group[other]] = group[one]
    return group


single = single_link(apart, 0.6)
average = agglomerate(apart.astype(np.float32), np.ones(len(points)), 1.3)

figure, plots = canvas(1, 2, 2.2)
for plot, group, title in ((plots[0], single, "single link"), (plots[1], average, "average link")):
    numbers = np.unique(group, return_inverse=True)[1]
    sizes = np.bincount(numbers)
    colours = np.where(sizes[numbers] > 6, numbers, -1)
    for number in np.unique(colours):
        shade = GREY if number < 0 else (GREEN, ORANGE, "#2f6db5")[number % 3]
        plot.scatter(*points[colours == number].T, s=12, color=shade)
    heaps = f"{len(sizes)} heap" + ("" if len(sizes) == 1 else "s")
    plot.set(title=f"{title}: {heaps}", xticks=[], yticks=[], aspect="equal")
show(figure, "Five points in between are enough to chain two heaps together.")

# %% [markdown]
# The chain gets longer the more faces there are, because with every new face the chance grows that
# it lies between two others. That is why methods that join by *single* pairs (single link, DBSCAN,
# Chinese whispers) look fine on a hundred faces and swallow half the town on ten thousand.
#
# **Average link** asks for more: the *mean* over all pairs of two heaps has to be small. One face in
# between cannot pull two crowds together, because the crowds themselves stay far apart.
#
# ## How near is near enough?
#
# The same question as for a name in chapter 2, and the same answer: not a constant. The more faces
# there are, the more strangers are near by chance. So the limit comes from the model of strangers and
# the number of faces.

# %%
crowd = people(240, 120)
faces = np.concatenate([crowd.gallery.encodings, crowd.probes])
person = (*crowd.gallery.names, *crowd.whose)
with_mate = {name for name in person if person.count(name) > 1}
print(
    f"{len(faces)} faces of {len(set(person))} people, {len(with_mate)} of them with several "
    f"photographs; {'LFW' if crowd.real else 'made up'}"
)

strangers = stranger_model("sface", encoder().tolerance)


def sort(chance, order=None):
    """The cluster of each face."""
    order = np.arange(len(faces)) if order is None else order
    clusters = FaceClusters(strangers, chance)
    clusters.add([UnsortedFace(faces[row]) for row in order])
    number = np.zeros(len(faces), int)
    for index, members in enumerate(clusters.clusters()):
        number[order[list(members)]] = index
    return number


result = judge_sorting(sort(0.05).tolist(), person)
print(f"{result.clusters} clusters for {result.people} people")
print(f"B³: precision {result.b3.precision:.1%}, recall {result.b3.recall:.1%}")

# %% [markdown]
# Two figures again, as with every decision that can go wrong in two ways:
#
# - **precision**: of the faces in a heap with mine, how many are really me?
# - **recall**: of my faces, how many are in a heap with mine?
#
# B³ (say "B cubed") takes both for every face and averages over faces, so that a huge cluster does
# not drown all others.
#
# The *chance* is the dial between them: with what probability may a face be so near to one of so many
# others by accident?

# %%
chances = [0.001, 0.01, 0.05, 0.2, 0.5, 0.8]
judged = [judge_sorting(sort(chance).tolist(), person) for chance in chances]
figure, plot = canvas(height=2.8)
plot.plot(chances, [one.b3.precision for one in judged], "o-", color=GREEN, label="precision")
plot.plot(chances, [one.b3.recall for one in judged], "o-", color=ORANGE, label="recall")
plot.axvline(0.05, color=INK, linewidth=0.8, linestyle=":")
plot.set_xscale("log")
plot.set(xlabel="chance allowed", ylabel="B³")
plot.legend()
show(figure, "Careful on the left, generous on the right. Dotted: Lookout's default.")

# %% [markdown]
# The default is a little more careful than these people need, on purpose. The two errors do not cost the same: a person
# who was split into two heaps costs one more click, but a stranger in a heap that is named and
# trained from will be *recognized* as that person from then on.
#
# ## The picture of it
#
# Sort the faces by cluster, and colour every pair by its distance: one's own heaps become dark
# squares along the diagonal.

# %%
number = sort(0.05)
often = sorted(with_mate, key=lambda name: -person.count(name))[:16]
several = [row for row, name in enumerate(person) if name in often]
random = np.random.default_rng(1)
mixed = random.permutation(several)
sorted_rows = sorted(several, key=lambda row: (number[row], row))
figure, plots = canvas(1, 2, 3.1)
for plot, rows, title in ((plots[0], mixed, "as they came"), (plots[1], sorted_rows, "sorted")):
    some = faces[list(rows)]
    table = np.linalg.norm(some[:, None] - some[None], axis=2)
    shown = plot.imshow(table, cmap="viridis", vmin=0.5, vmax=1.5)
    plot.set(title=title, xticks=[], yticks=[])
figure.colorbar(shown, ax=plots, label="distance", shrink=0.8)
show(figure, "Distances between faces. Dark squares on the diagonal are people.")

# %% [markdown]
# ## Order must not matter
#
# Faces come one by one, and most methods that sort them as they come have a memory: whoever came
# first decides. Then nobody can explain why two faces are together. In Lookout the result depends on
# the faces alone.

# %%
reference = sort(0.05)
for seed in range(2 if FAST else 5):
    other = sort(0.05, np.random.default_rng(seed).permutation(len(faces)))
    same = len(set(zip(reference, other, strict=True))) == len(set(reference)) == len(set(other))
    print(f"order {seed}: the same clusters: {same}")

# %% [markdown]
# ## What everybody knows
#
# Two faces **in one picture** are two people, however alike they look: that is free knowledge, and it
# separates twins. And what a person says counts more than any distance. Watch what two remarks do
# (wrong ones, here, so that the effect is seen).

# %%
few = [*sorted(with_mate)[:8], *sorted(set(person) - with_mate)[:2]]
rows = [row for row, name in enumerate(person) if name in few]
clusters = FaceClusters(strangers)
clusters.add([UnsortedFace(faces[row]) for row in rows])
print(f"{len(rows)} faces of {len(few)} people: {len(clusters.clusters())} clusters")
first, *_, last_but_one, last = clusters.clusters()
clusters.say_different(first[0], first[1])
print(f'after "these two are different people": {len(clusters.clusters())}')
clusters.say_same(last_but_one[0], last[0])
print(f'and after "these two are one person": {len(clusters.clusters())}')

# %% [markdown]
# ## How much work is saved?
#
# In the end one number counts: the clicks until everybody has a name. One for each heap, and one for
# each face that lies in somebody else's.

# %%
print(f"face by face: {result.faces} clicks; sorted: {result.clicks}")
print(f"saved: {result.work_saved:.0%} (people with a single face cost a click either way)")

# %% [markdown]
# ## Your own pictures
#
# Put pictures into `notebooks/pictures/NAME/` and run this chapter again, or let the command do it
# with a folder that nobody has sorted: `lookout cluster FOLDER` writes a contact sheet and a folder
# for each person ([Clusters](../docs/clusters.md)).

# %%
yours = [(image, one) for images in your_pictures().values() for image in images
         if (one := encode(image)) is not None]  # fmt: skip
if yours:
    clusters = FaceClusters(strangers)
    clusters.add([UnsortedFace(one) for _, one in yours])
    sheets = [members for members in clusters.clusters() if len(members) > 1][:5]
    for members in sheets:
        figure, plots = canvas(1, 6, 1.4)
        for plot in plots:
            plot.axis("off")
        for plot, member in zip(plots, members, strict=False):
            picture(plot, yours[member][0])
        show(figure, f"A cluster of {len(members)} faces")
    print(f"{len(yours)} faces, {len(clusters.clusters())} clusters")
else:
    print("there are no pictures in notebooks/pictures/NAME/ yet")

# %% [markdown]
# ## Exercises
#
# **1.** In the two-dimensional example, how many points in between does single link need to join the
# heaps, and does a smaller limit cure it?

# %% tags=["answer"] jupyter={"source_hidden": true}
for limit in (0.6, 0.5, 0.4, 0.3, 0.2):
    group = single_link(apart, limit)
    joined = np.isin(group[40:80], group[:40]).any()
    print(
        f"limit {limit}: {len(set(group)):2} heaps, the two are {'joined' if joined else 'apart'}"
    )
# A limit just below the steps of the chain keeps the heaps apart, but from there on each heap begins
# to crumble as well. There is hardly a limit that does both, and with more points in between there
# is none.

# %% [markdown]
# **2.** Give the trivial sortings their marks: everybody in one heap, and every face by itself.

# %% tags=["answer"] jupyter={"source_hidden": true}
for name, trivial in (("one heap", [0] * len(faces)), ("each alone", list(range(len(faces))))):
    mark = judge_sorting(trivial, person)
    print(f"{name:10} precision {mark.b3.precision:.1%}, recall {mark.b3.recall:.1%}, "
          f"{mark.clicks} clicks")  # fmt: skip
# Each is perfect in one figure. Whoever reports only one of the two may be hiding exactly this.

# %% [markdown]
# **3.** Why is it no contradiction that a late face can *part* two faces that were together?
#
# <details><summary>Answer</summary>
#
# Because the result depends on all faces, and on nothing else. Two faces that were each other's
# nearest may each find somebody nearer in the newcomer's heap. A method that never parts has to be
# one that remembers the order, and then two people with the same pictures get different answers.
#
# </details>
#
# Next: [7 Pose from one picture](chapter7_pose.py)
