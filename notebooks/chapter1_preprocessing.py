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
# # 1 Preprocessing
#
# A network that recognizes faces never sees a photograph. It sees a small square in which two eyes,
# a nose and a mouth are where it expects them. Making that square out of a photograph takes three
# steps, and most of what goes wrong in face recognition goes wrong in one of them:
#
# 1. **Detect**: where are the faces?
# 2. **Align**: turn and scale each one so that its eyes lie where the network wants them.
# 3. **Normalize**: hand the pixels over in the order and on the scale the network was trained with.
#
# This chapter takes one photograph through all three, and breaks each step on purpose to show what
# it is there for.

# %%
import cv2
import numpy as np
from book import BLUE, GREEN, ORANGE, astronaut, canvas, encoder, find, picture, show

from lookout.faces.align import crop_box
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections
from lookout.faces.photo.judgement import judge, measure_face

photo = astronaut()
print(f"{photo.shape[1]}×{photo.shape[0]} pixels, {photo.shape[2]} channels, {photo.dtype}")
print("the pixel at the top left:", photo[0, 0], "(blue, green, red)")

# %% [markdown]
# An image is an array of rows, columns and channels. Notice the order: OpenCV reads **blue first**,
# most other libraries red first. Nothing in the array says which it is. That is why Lookout writes
# the order into the name of every variable (`image_bgr`), and why we will come back to it at the
# end.
#
# ## Detect
#
# A detector answers with a box for each face, a score that says how sure it is, and five points:
# both eyes, the tip of the nose and the corners of the mouth.

# %%
faces = find(photo)
for box, score in zip(faces.box_xyxy, faces.score, strict=True):
    print(f"a face from {box[:2].round()} to {box[2:].round()}, score {score:.2f}")

drawn = photo.copy()
x0, y0, x1, y1 = faces.box_xyxy[0].round().astype(int).tolist()
cv2.rectangle(drawn, (x0, y0), (x1, y1), (79, 110, 11), 3)
for x, y in faces.points_xy[0].round().astype(int).tolist():
    cv2.circle(drawn, (x, y), 4, (43, 102, 209), -1)

hog = HogDetector().detect([photo])[0]
figure, (left, right) = canvas(1, 2, 3.4)
picture(left, drawn[:330, 60:390], "YuNet: a box and five points")
old = photo.copy()
for box in hog.box_xyxy.round().astype(int).tolist():
    cv2.rectangle(old, (box[0], box[1]), (box[2], box[3]), (181, 109, 47), 3)
picture(right, old[:330, 60:390], "dlib's HOG: a box alone")
show(figure, "The same face, found by a small network (2023) and by gradients (2005).")

# %% [markdown]
# The two boxes differ, and neither is wrong. There is no true outline of a face; each detector
# draws what it was taught. So a box is a poor thing to cut a face out by, because what comes out
# depends on who drew it. Hold on to that thought until the next section.
#
# ### How small may a face be?
#
# A detector was trained on faces down to some size and sees nothing smaller. Let us shrink the
# photograph and watch.

# %%
sizes, scores = [], []
for scale in np.geomspace(1.0, 0.05, 25):
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    seen = find(small)
    sizes.append(float(faces.size_wh[0, 0]) * scale)
    scores.append(float(seen.score[0]) if len(seen) else 0.0)

figure, plot = canvas(height=2.8)
plot.plot(sizes, scores, "o-", color=GREEN, markersize=4)
plot.set_xscale("log")
plot.set_xticks([8, 16, 32, 64, 96], ["8", "16", "32", "64", "96"])
plot.minorticks_off()
plot.set(xlabel="width of the face, pixels", ylabel="score", ylim=(-0.05, 1.05))
lost = max((size for size, score in zip(sizes, scores, strict=True) if score == 0), default=0.0)
plot.axvspan(min(sizes), lost, color=ORANGE, alpha=0.12)
plot.annotate("not found", (min(sizes) * 1.05, 0.1), color=ORANGE)
show(figure, "The score of the face as the picture shrinks; 0 where it is not found.")
print(f"not found at {lost:.0f} pixels any more")

# %% [markdown]
# Finding a face is not the same as recognizing it. The detector still finds faces that are so small
# that nobody could say whose they are. So a system needs two limits: one for *counting* people, and
# a stricter one for *naming* them.
#
# ## Align
#
# People tilt their heads and cameras hang crooked. Here is what that does to the square that the
# encoder gets, once cut out by the box, and once by the five points: the similarity transform
# (turn, scale, shift) that brings the points to fixed places is worked out, and the picture is
# resampled through it.

# %%
sface = encoder()
size = 112


def tilted(angle):
    """The photograph turned about the middle of the face, as a tilted head would look, and where
    the five points really are in it."""
    middle = tuple(((faces.box_xyxy[0, :2] + faces.box_xyxy[0, 2:]) / 2).tolist())
    turn = cv2.getRotationMatrix2D(middle, angle, 1.0).astype(np.float32)
    image_bgr = cv2.warpAffine(photo, turn, (512, 512), borderMode=cv2.BORDER_REFLECT)
    return image_bgr, faces.points_xy @ turn[:, :2].T + turn[:, 2]


def by_box(image_bgr, found):
    return crop_box(image_bgr, found.box_xyxy[0], 1.0, size)


def by_points(image_bgr, found):
    return sface.align(image_bgr, found)[0]


figure, plots = canvas(3, 5, 4.3)
for column, angle in enumerate((-30, -15, 0, 15, 30)):
    image_bgr, true_points = tilted(angle)
    found = find(image_bgr).largest(1)
    picture(plots[0, column], by_box(image_bgr, found), f"{angle}°")
    picture(plots[1, column], by_points(image_bgr, found))
    exact = Detections(found.box_xyxy, found.score, true_points)
    picture(plots[2, column], by_points(image_bgr, exact))
show(
    figure,
    "Above: cut out by the box. Middle: aligned by the points that the detector found. "
    "Below: by the points where they really are.",
)

# %% [markdown]
# In the middle row most of the tilt is gone, and in the lowest row all of it. That is the whole
# idea: **what can be computed away need not be learnt**. An encoder that gets upright faces can
# spend all of its weights on telling people apart. The difference between the two rows is the error
# of the detector, whose points lag behind a strong tilt because it saw few such heads in training.
#
# The next figure puts numbers on it. The encoder turns each square into a list of numbers
# (chapter 2 is about these); the distance between two lists says how different they are.

# %%
angles = np.arange(-40, 41, 8)
straight = sface.encode([by_box(photo, faces), by_points(photo, faces), by_points(photo, faces)])
apart = []
for angle in angles:
    image_bgr, true_points = tilted(float(angle))
    found = find(image_bgr).largest(1)
    exact = Detections(found.box_xyxy, found.score, true_points)
    chips = [by_box(image_bgr, found), by_points(image_bgr, found), by_points(image_bgr, exact)]
    apart.append(np.linalg.norm(sface.encode(chips) - straight, axis=1))
boxed, aligned, ideal = np.array(apart).T

figure, plot = canvas(height=3.0)
plot.plot(angles, boxed, "o-", color=ORANGE, label="cut out by the box", markersize=4)
plot.plot(angles, aligned, "o-", color=GREEN, label="aligned by the points found", markersize=4)
plot.plot(angles, ideal, "o-", color=BLUE, label="aligned by the true points", markersize=4)
plot.axhline(sface.tolerance, color="black", linewidth=0.8, linestyle=":")
plot.annotate("above: usually somebody else", (-17, sface.tolerance + 0.04), fontsize=8)
plot.set(xlabel="tilt of the head, degrees", ylabel="distance to the upright face", ylim=(0, 1.7))
plot.legend(loc="upper center", fontsize=8, ncols=3)
show(figure, "The distance between a tilted face and the same face upright.")
for row in np.flatnonzero(np.isin(angles, (16, 32))):
    print(
        f"{angles[row]}°: by the box {boxed[row]:.2f}, by the points found {aligned[row]:.2f}, "
        f"by the true ones {ideal[row]:.2f}"
    )

# %% [markdown]
# It is one person in one photograph, so every distance should be 0. Cut out by the box, she is a
# stranger to herself at 24 degrees. Aligned, an ordinary tilt costs a third of that, and with perfect
# points a strong one costs next to nothing. Two lessons: alignment is worth more than most changes
# of the network behind it, and **a better detector is a better recognizer**, because the encoder
# can only be as good as the points it is aligned by.
#
# ## Normalize
#
# The square still has to become numbers of the kind the network was trained on: channels in its
# order, values on its scale. Get it wrong and **nothing fails**. The network answers with a list of
# numbers as always; they are just worse. This is the most common bug of the field, because no
# error message tells of it.

# %%
chip = by_points(photo, faces)
mistakes = {
    "as it should be": chip,
    "red and blue swapped": chip[..., ::-1],
    "mirrored": chip[:, ::-1],
    "upside down": chip[::-1],
    "half as bright": (chip // 2),
    "a quarter the detail": cv2.resize(
        cv2.resize(chip, (28, 28), interpolation=cv2.INTER_AREA), (size, size)
    ),
}
encodings = sface.encode([np.ascontiguousarray(wrong) for wrong in mistakes.values()])
distance = np.linalg.norm(encodings - encodings[0], axis=1)

figure, plots = canvas(2, 3, 4.4)
for plot, (name, wrong), far in zip(plots.flat, mistakes.items(), distance, strict=True):
    picture(plot, np.ascontiguousarray(wrong), f"{name}: {far:.2f}")
show(figure, "The same face handed over in six ways, and how far each is from the right one.")

# %% [markdown]
# Half the light costs as little as a mirror: the network has seen dark faces in training, and most
# faces are nearly symmetrical. The swapped channels cost a little more. None of the three is enough
# to make a stranger of her, so you would never notice in a demo. But the cost is paid in *every*
# comparison, and chapter 3 shows how little room there is when a thousand people are enrolled. Lost
# detail is another matter: no other picture here but the one on its head is farther off.
#
# In Lookout these facts stand beside the weights, in one entry of the registry for each model
# ([Models](../docs/models.md)), and a test holds each to a result of the original implementation.
#
# ## Is the photograph good enough?
#
# The last thing to do before a face is kept is to ask whether it is worth keeping. A poor
# photograph in the gallery costs every later comparison, so Lookout measures size, light, sharpness
# and pose, and says in words what is wrong.

# %%
spoilt = {
    "good": photo,
    "dark": (photo * 0.12).astype(np.uint8),
    "out of focus": cv2.GaussianBlur(photo, (0, 0), 5),
    "small": cv2.resize(photo, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA),
}
for name, image_bgr in spoilt.items():
    found = find(image_bgr).largest(1)
    if not len(found):
        print(f"{name:13} no face")
        continue
    measures = measure_face(image_bgr, found)
    view = measures.view
    print(
        f"{name:13} {view.size_px:3.0f} px  light {view.brightness:3.0f}  "
        f"sharpness {view.sharpness:.2f}"
    )
    for reason in judge(measures):
        print(" " * 13, reason.message)

# %% [markdown]
# ## Exercises
#
# **1.** We shrank the picture until the face was lost. What happens if you enlarge it again before
# you search it?

# %% tags=["answer"] jupyter={"source_hidden": true}
tiny = cv2.resize(photo, None, fx=0.06, fy=0.06, interpolation=cv2.INTER_AREA)
again = cv2.resize(tiny, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
print("as it is:", len(find(tiny)), "faces; enlarged six times:", len(find(again)))
# Enlarging adds no detail, but it brings the face to a size that the detector was trained on. This
# is why some detectors double every picture first, at four times the cost. Whether the face that
# was found can be *recognized* is another question: the detail is gone.

# %% [markdown]
# **2.** Why a *similarity* (turn, one scale, shift) and not an affine transform, which could bring
# all five points exactly to their places?
#
# <details><summary>Answer</summary>
#
# An affine transform may also stretch and shear. It would make a narrow face wide until its points
# fit, and with that compute away the very differences that tell people apart. It would also follow
# every error of a single point. The similarity has four numbers for ten coordinates, so errors
# average out, and the shape of the face survives.
#
# </details>
#
# **3.** Which of the six ways above would still pass if you only tested "is my own photograph
# nearest to itself"?
#
# <details><summary>Answer</summary>
#
# All of them, as long as gallery and probe are handed over in the same wrong way. That is what makes
# these bugs so durable. Test against a result that somebody else computed: the original
# implementation on the same picture, to several digits.
#
# </details>
#
# ## Where this is in Lookout
#
# | step | code |
# |---|---|
# | decoding, and what is refused | `faces/photo/picture.py` |
# | detectors, one file each | `faces/detect/` |
# | alignment | `faces/align.py` |
# | normalization | `faces/face_input.py` |
# | the judgement of a photograph | `faces/photo/judgement.py`, [The gallery](../docs/gallery.md) |
#
# Next: [2 Encodings and distances](chapter2_basics.py)
