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
# # 8 Being fair and lawful
#
# The chapters before asked how well it works. This one asks **for whom**, and whether you may do it
# at all. It is not an appendix. A system that names the wrong person has consequences for someone
# who never agreed to be looked at, and whoever runs it has to answer for that.
#
# Nothing here is legal advice. It is what an engineer should be able to explain before a lawyer is
# asked.

# %%
import tempfile
import time
from pathlib import Path
from statistics import NormalDist

import numpy as np
from book import FAST, GREEN, GREY, ORANGE, astronaut, canvas, encode, encoder, people, show

from lookout.faces.decision.rule import Rule
from lookout.faces.metrics.share import Share

# %% [markdown]
# ## One line, two groups
#
# An encoder learns from the faces it is shown. Where it saw few people of some group, it has learnt
# less about what tells them apart, and strangers of that group come nearer to one another. Put one
# threshold over both groups and see what happens. (These distributions are made up, so that the
# mechanism can be seen by itself.)

# %%
groups = {"seen often in training": NormalDist(1.32, 0.085), "seen rarely": NormalDist(1.24, 0.09)}
line = groups["seen often in training"].inv_cdf(1e-4)
x = np.linspace(0.85, 1.6, 300)
figure, plot = canvas(height=2.8)
for (name, spread), colour in zip(groups.items(), (GREEN, ORANGE), strict=True):
    y = np.array([spread.pdf(value) for value in x])
    plot.plot(x, y, color=colour, label=name)
    plot.fill_between(x, y, where=x <= line, color=colour, alpha=0.4)
    among = 1 - (1 - spread.cdf(line)) ** 200
    print(f"{name:24} {spread.cdf(line):.4%} of pairs, {among:.0%} of strangers among 200 people")
plot.axvline(line, color="black", linestyle=":", linewidth=1)
plot.set(xlabel="distance between two different people", yticks=[])
plot.legend(fontsize=8)
show(figure, "The same line, and a different share of each group to its left.")

# %% [markdown]
# A shift that is barely visible makes the one group many times more likely to be taken for somebody
# else. The reason is the tail: the line lies far out, where a small shift multiplies. So
# **a good average says nothing about the worst group**, and NIST's tests of many vendors found
# exactly this: rates of false matches that differ by factors of ten and more between groups (NISTIR
# 8280, 2019), most of all in algorithms whose training data were one-sided.
#
# ## Measure your own
#
# There is only one way to know: measure with people like those who will pass your camera, and split
# the errors by group. Labels have to come from the people themselves. LFW has none, and **we shall
# not have a network guess them from faces**: that would be measuring bias with a biased ruler.
#
# What we can show is the mistake that is made most often afterwards. Here are strangers of one list,
# divided into four groups *by lot*. There is no difference between these groups at all.

# %%
crowd = people(1184, 300) if not FAST else people(40, 40)
nearest = crowd.gallery.distances(crowd.strangers).min(axis=1)
threshold = np.quantile(nearest, 0.05)
by_lot = np.random.default_rng(6).integers(0, 4, len(nearest))
shares = [
    Share(int((nearest[by_lot == group] <= threshold).sum()), int((by_lot == group).sum()))
    for group in range(4)
]
figure, plot = canvas(height=2.2)
values = np.array([[share.share, *share.interval] for share in shares])
plot.hlines(range(4), values[:, 1], values[:, 2], color=GREEN)
plot.plot(values[:, 0], range(4), "o", color=GREEN)
plot.axvline(0.05, color=GREY, linestyle=":")
plot.set_yticks(range(4), [f"group {name}" for name in "ABCD"])
plot.set(xlabel="strangers who get a name", xlim=(0, None), ylim=(-0.5, 3.5))
show(figure, "Four groups drawn by lot. The lines are 95 % intervals.")
for name, share in zip("ABCD", shares, strict=True):
    print(f"group {name}: {share.hits} of {share.trials}: {share} %")

# %% [markdown]
# Some group always looks worst. Without the intervals one would have published a scandal, or, in
# the other direction, overlooked one. To find a real factor of two at rates of one per cent takes
# **thousands** of strangers in each group. If you have thirty, say so, and claim nothing.
#
# ## Sheep, wolves and lambs
#
# Groups are not the only unfairness. Single people differ, too: biometrics has a menagerie for it.
# *Lambs* are people for whom others are easily taken; *wolves* are easily taken for others. Let us
# count how the false matches spread over the enrolled, once with a threshold on the distance, and
# once with Lookout's score, which subtracts how crowded it is around a face (chapter 3).

# %%
rule = Rule.for_encoder("sface", encoder().tolerance)
distances = crowd.gallery.distances(crowd.strangers)
scores = rule.strangers.of_pairs(distances, crowd.strangers, crowd.gallery)


def spread(table):
    """The false matches of each enrolled person, most first, as shares summed up."""
    counts = np.sort((table <= np.quantile(table, 0.01)).sum(axis=0))[::-1]
    return np.cumsum(counts) / counts.sum()


by_chance = np.sort(np.random.default_rng(0).poisson(0.01 * len(distances), 20_000))[::-1]
curves = {
    "by distance": (spread(distances), ORANGE),
    "by Lookout's score": (spread(scores), GREEN),
    "by chance alone": (np.cumsum(by_chance) / by_chance.sum(), GREY),
}
figure, plot = canvas(height=2.8)
for label, (share, colour) in curves.items():
    style = ":" if colour == GREY else "-"
    x = np.arange(1, len(share) + 1) / len(share)
    plot.plot(x, share, style, color=colour, label=label)
    print(f"{label:19} a tenth of the people carry {share[len(share) // 10 - 1]:.1%}")
plot.set(xlabel="share of the enrolled, the unluckiest first", ylabel="of the false matches")
plot.legend(fontsize=8, loc="lower right")
show(figure, "Who bears the false matches, at one in a hundred pairs for both.")

# %% [markdown]
# Note the dotted line. Even if everybody were alike, a tenth of the people would carry a fifth of the
# errors, by bad luck alone; whoever leaves that line out finds lambs in any data. What lies *above* it
# is real, and taking the crowding off removes more than half of that. It was built for accuracy, and
# it turns out to be a small step towards fairness as well, one that needs no labels. It is no cure: a
# group that is crowded *because the encoder cannot tell its people apart* stays hard.
#
# ## Rare events
#
# "99 % right" sounds safe. Let ten people be on a watch list, and ten thousand others pass the gate
# every day.

# %%
passers, wanted, found = 10_000, 10, 0.95
rates = np.geomspace(1e-5, 1e-1, 100)
false = passers * rates
right = wanted * found / (wanted * found + false)
figure, (one, two) = canvas(1, 2, 2.6)
one.plot(rates, false, color=ORANGE)
one.set(xscale="log", yscale="log", xlabel="strangers named (FPIR)", title="false alarms a day")
two.plot(rates, right, color=GREEN)
two.set(
    xscale="log", xlabel="strangers named (FPIR)", title="alarms that are right", ylim=(0, 1.02)
)
for plot in (one, two):
    plot.axvline(0.01, color=GREY, linestyle=":", linewidth=1)
    plot.grid(alpha=0.25)
show(figure, "Ten wanted among ten thousand. Dotted: one stranger in a hundred.")
share = wanted * found / (wanted * found + passers * 0.01)
print(f"at 1 %: {passers * 0.01:.0f} false alarms a day, and {share:.0%} of all alarms are right")

# %% [markdown]
# Ten of eleven people stopped at that gate have done nothing. No lamp and no network changes the
# arithmetic; only a far lower rate does, or a human being who looks before anybody is stopped. Which
# is why a name is a *lead*, and never evidence, and why alerts carry the picture.
#
# ## May you?
#
# The law differs from place to place; the questions hardly do. If you cannot answer one of them,
# stop there.
#
# | question | what to know |
# |---|---|
# | **What for?** | One purpose, written down before the first camera hangs. "Because we can" is none. |
# | **On what basis?** | In the EU a face that is encoded to identify somebody is a special category of data (GDPR, Art. 9). It is forbidden unless an exception holds, and for a company that is mostly *explicit* consent, which must be free: staff who cannot refuse have not consented. |
# | **Is there another way?** | A key fob opens a door, too. If it does, the face is hard to justify. |
# | **Who else is seen?** | Visitors, neighbours and children never agreed. A camera at home that also films the pavement is no private matter any more (Court of Justice of the EU, C-212/13, *Ryneš*). |
# | **Is it prohibited?** | The EU's AI Act (Art. 5) bans, among other things, face databases scraped from the internet, emotion recognition at work and in schools, sorting people by race, opinions or orientation from their faces, and, with narrow exceptions, live identification in public places by the police. Illinois (BIPA) asks for a written release and a public schedule of deletion. |
# | **For how long?** | As short as the purpose allows, and deletion must really delete. |
# | **Who checks?** | Somebody other than you, before it runs (in the EU a data protection impact assessment, Art. 35) and while it runs (an audit trail). |
#
# ## Deletion that deletes
#
# "We have deleted your data" is easily said of a database with logs, free pages and backups. Lookout
# seals everything of a person under a key of their own, and destroys the key. Try it: is the name on
# the disk? And can anybody still read it afterwards?

# %%
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.sqlite.store import open_store

encoding = encode(astronaut())
with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), {}) as store:
    eileen = Person(new_id(), "Eileen Collins", time.time())
    sample = FaceSample(new_id(), eileen.id, encoding, "sface", "upload", time.time())
    with store.transaction():
        store.people.add(eileen)
        store.samples.add(sample)

    def on_disk(content):
        files = [file for file in Path(folder).rglob("*") if file.is_file()]
        return any(content in file.read_bytes() for file in files)

    print("she is known:", store.people.get(eileen.id).name)
    print("her name is on the disk in clear:", on_disk(b"Eileen"))
    print("her encoding is:", on_disk(encoding.tobytes()))
    store.people.delete(eileen.id)
    try:
        store.people.get(eileen.id)
    except NotFound as error:
        print("after deleting:", error)

# %% [markdown]
# What is left on the disk, in old pages or in a backup of the folder alone, is noise without the key.
# Backups that hold the key as well do remember, which is why they, too, have to be deleted by age
# ([Storage](../docs/storage.md#deleting)).
#
# ## What Lookout does, and refuses
#
# | it does | by |
# |---|---|
# | forgets unknown people after 30 days, known sightings after 90 | retention, on by default ([Storage](../docs/storage.md)) |
# | notes who looked at, searched for or changed whom | the audit trail |
# | keeps people unnamed rather than wrongly named | the chance of a stranger ([Decisions](../docs/decisions.md)) |
# | says why | `reasons` in every decision |
# | takes "this is not Ada" at its word | rejected faces ([The gallery](../docs/gallery.md)) |
# | runs without a cloud | nothing leaves the machine unless you send it |
#
# And it has no way to guess ethnicity, religion or emotion from a face. Estimates of age and gender
# are off unless you install a network and ask for them; they are marked as estimates and never kept.
# It searches no face on the internet. Whether a picture was made by a program it calls "signs", never
# proof ([Signs of made faces](../docs/deepfake.md)).
#
# ## Exercises
#
# **1.** In one group one stranger in a hundred is named, in another two. How many of each must you
# have counted until the two intervals no longer overlap?

# %% tags=["answer"] jupyter={"source_hidden": true}
for count in (100, 500, 2000, 5000):
    lower, upper = Share(round(0.01 * count), count), Share(round(0.02 * count), count)
    verdict = "apart" if lower.interval[1] < upper.interval[0] else "not to be told apart"
    print(f"{count:5} strangers of each: {lower} and {upper} %: {verdict}")
# Intervals that do not overlap are a strict test, a direct comparison of both counts needs about half
# as many. Either way it is thousands, and most pilots count dozens.

# %% [markdown]
# **2.** A school wants to open its door by face, "all parents have agreed". What do you ask?
#
# <details><summary>Answer</summary>
#
# Could they have refused, and would the child then stand in the rain? Is there another way in that is
# as good? Who else passes the camera, and where do these faces go? How well does it work on
# *children*, of whom encoders have seen few, and who change within a year? Who deletes a family's
# data on the day they leave? An authority in Sweden (2019) and a court in France (2020) have
# stopped projects of this kind at schools: consent is not free between parties so unequal.
#
# </details>
#
# **3.** Would you accept a system with more errors in all, but the same for every group?
#
# <details><summary>Answer</summary>
#
# There is no answer by calculation. But the question shows what must be decided, by whom, and before
# the system runs: which errors hurt whom (a closed door, or a wrong arrest), and who may trade the
# one for the other. Write the decision down together with the figures. It is the part of the
# documentation that will be read.
#
# </details>
#
# This was the last chapter. What to read next: [Architecture](../docs/architecture.md), if you want to
# change something; [Figures](../docs/figures.md), if you do not believe a word.
