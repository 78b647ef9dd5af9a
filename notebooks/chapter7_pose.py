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
# # 7 Pose from one picture
#
# One photograph, taken from the front. The camera at the door sees people from the side. Could we not
# *compute* what this person looks like from the side, and enrol that, too? This chapter does it: from
# 68 points on a flat picture to a head that turns. Then it asks the question that such demonstrations
# usually leave out: **does it help?**

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
    find,
    picture,
    show,
    your_pictures,
)

from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.pose import pose_of
from lookout.faces.pose3d.generic import POINTS_MM, surface_mm
from lookout.faces.pose3d.head import head_of
from lookout.faces.pose3d.view import view_of_head

photo = astronaut()[:340]
faces = find(photo).largest(1)
points = Landmarker().points(photo, faces)[0]
print(f"{len(points)} landmarks")

# %% [markdown]
# ## From points to angles
#
# dlib's predictor finds 68 landmarks: the jaw, the brows, the nose, the eyes, the lips. In space, on
# an average head, we know where these lie, in millimetres. So there is one question left: **from where
# must a camera look at that average head so that its points appear where the landmarks are?** That is
# the perspective-n-point problem. Grunert solved it for three points in 1841, and OpenCV does it for
# any number in a millisecond. Its answer is a rotation, and the rotation is the pose.

# %%
pose = pose_of(points, (photo.shape[1], photo.shape[0]))
print(f"yaw {pose.yaw:+.0f}°, pitch {pose.pitch:+.0f}°, roll {pose.roll:+.0f}°")

figure, plots = canvas(1, 3, 2.9)
drawn = cv2.resize(photo[40:210, 140:310], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
for x, y in ((points - (140, 40)) * 3).round().astype(int).tolist():
    cv2.circle(drawn, (x, y), 5, (43, 102, 209), -1)
picture(plots[0], drawn, "landmarks")
for plot, across, title in (
    (plots[1], 0, "generic, from the front"),
    (plots[2], 2, "from the side"),
):
    middle = 0 if across == 0 else 52
    plot.scatter(POINTS_MM[:, across], POINTS_MM[:, 1], s=8, color=GREEN)
    plot.set(title=title, aspect="equal", xlabel="mm", yticks=[])
    plot.set(xlim=(middle - 82, middle + 82), ylim=(82, -82))
show(figure, "Points in the picture, and the same points on nobody's head.")

# %% [markdown]
# Notice what went into this: the *average* depth of a nose. The picture does not show how long this
# nose is, and nothing we compute from now on will know it. Keep that in mind for the end.
#
# ## From points to a head
#
# 68 points are no surface. A smooth one is laid through them and a few more (forehead, cheeks,
# temples), and then drawn so that its points meet the landmarks of *this* photograph. Each point of
# the surface takes its colour from where it lies in the picture. What the picture does not show, such
# as the far side of a nose, is marked as not seen.

# %%
head = head_of(photo, points)
generic = surface_mm()
figure, plots = canvas(1, 3, 2.6)
plots[0].imshow(np.where(np.isnan(generic[..., 2]), np.nan, -generic[..., 2]), cmap="YlGn")
plots[0].set_title("depth of the surface")
plots[1].imshow(head.seen, cmap="Greens", vmin=0, vmax=1)
plots[1].set_title("how well it is seen")
at = np.nan_to_num(head.at_xy, nan=-1.0)
texture = cv2.remap(photo, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
picture(plots[2], texture, "the photograph, unrolled")
for plot in plots:
    plot.axis("off")
show(figure, "The head of one photograph, as three maps.")

# %% [markdown]
# ## Turn it
#
# Now the surface can be turned and drawn again. Where something comes into view that the photograph
# never showed, the other side of the face is mirrored; with `mirror=False` it stays empty, which is
# more honest and uglier.

# %%
angles = (-45, -30, -15, 0, 15, 30, 45)
figure, plots = canvas(2, 7, 3.1)
views, bare = {}, {}
for column, angle in enumerate(angles):
    views[angle] = view_of_head(head, float(angle))
    bare[angle] = view_of_head(head, float(angle), mirror=False)
    picture(plots[0, column], views[angle].image_bgr[20:230, 48:208])
    plots[0, column].set_title(f"{angle:+d}°\n{views[angle].own:.0%} seen", fontsize=7)
    picture(plots[1, column], bare[angle].image_bgr[20:230, 48:208])
show(figure, "Above: the hidden side mirrored. Below: left out. The numbers say how much is real.")

# %% [markdown]
# ## Does it help?
#
# A picture that convinces a human being proves nothing. Let the encoder look. First: is she still
# herself?

# %%
reference = encode(photo)
turns, apart = list(views), []
for view in views.values():
    one = encode(view.image_bgr)
    apart.append(np.nan if one is None else float(np.linalg.norm(one - reference)))
mirrored = float(np.linalg.norm(encode(np.ascontiguousarray(photo[:, ::-1])) - reference))

figure, plot = canvas(height=2.6)
plot.plot(turns, apart, "o-", color=GREEN, label="turned views")
plot.axhline(encoder().tolerance, color="black", linestyle=":", linewidth=1)
plot.annotate("tolerance", (turns[0], encoder().tolerance + 0.02), fontsize=8)
plot.axhline(mirrored, color=GREY, linewidth=1)
plot.annotate("the photograph, mirrored", (turns[0], mirrored + 0.02), fontsize=8, color=GREY)
plot.set(xlabel="turned to, degrees", ylabel="distance to the photograph", ylim=(0, 1.3))
plot.legend(loc="lower right")
show(figure, "How far the views are from the photograph they were made of.")

# %% [markdown]
# Two things are striking. The view from the front, of a face that already looked to the front, is
# farther from the photograph than a mirror image is: redrawing by itself costs something, since skin
# becomes smoother, hair and ears are gone, and the light stands still while the head turns. And the
# more a view is turned, the less it is hers, and the more it is *everybody's*: the shape that comes
# into view is the generic one.
#
# That second point is dangerous: whatever drifts towards the average may drift towards strangers.
# Measured on real people who look aside, the nearest encoding gained nothing from views, and the
# rule that weighs all photographs of a person got **worse**, because it took the drawings for
# photographs ([Pose](../docs/pose.md) has the table: 26 people, 96 % by the photograph alone, 58 %
# with all views). So Lookout makes no views by itself. `lookout pose` draws them for people to look
# at.
#
# A result like this is worth as much as a success, provided it was measured before it was built in.
#
# ## What pose *is* good for
#
# The angles themselves are useful every day: to ask for a better photograph ("turn a little to your
# left"), to weigh looks in a track, and as a challenge for liveness ("look to the right, please"),
# which a printed photograph cannot answer.

# %%
flat = photo.copy()
height, width = flat.shape[:2]
centre = faces.box_xyxy[0].reshape(2, 2).mean(axis=0)
rows = []
for squeeze in (1.0, 0.85, 0.7, 0.55):
    matrix = np.array([[squeeze, 0, centre[0] * (1 - squeeze)], [0, 1, 0]], np.float32)
    paper = cv2.warpAffine(flat, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    seen = find(paper).largest(1)
    if not len(seen):
        continue
    found = Landmarker().points(paper, seen)[0]
    now = pose_of(found, (width, height))
    rows.append((np.degrees(np.arccos(squeeze)), now.yaw))
figure, plot = canvas(height=2.4)
plot.plot([row[0] for row in rows], [abs(row[1]) for row in rows], "o-", color=ORANGE,
          label="a turned print")  # fmt: skip
plot.plot([0, 60], [0, 60], color=GREY, linestyle=":", label="a turned head")
plot.set(xlabel="really turned by, degrees", ylabel="yaw that is measured", ylim=(-2, 62))
plot.legend()
show(figure, "A sheet of paper that is turned gets narrower, but its nose does not move.")

# %% [markdown]
# ## Exercises
#
# **1.** The solver needs the focal length of the camera, and nobody has told us. Lookout takes the
# longer side of the picture. How much does the yaw depend on it?

# %% tags=["answer"] jupyter={"source_hidden": true}
for factor in (0.5, 1.0, 2.0, 4.0):
    size_wh = (int(photo.shape[1] * factor), int(photo.shape[0] * factor))
    print(f"focal length × {factor}: yaw {pose_of(points, size_wh).yaw:+.1f}°")
# Little, as long as the face is small beside its distance. A wrong focal length shows as a wrong
# *distance* first, which nobody asked for.

# %% [markdown]
# **2.** Which of these can a view from one picture not know: a scar on the left cheek, the length of
# the nose, glasses, the colour of the eyes?
#
# <details><summary>Answer</summary>
#
# The scar is known if the photograph shows that cheek, and invented on the other when that one is
# mirrored. The length of the nose is unknown from the front. Glasses are seen, but become paint on
# the skin. The eyes are known.
#
# </details>
#
# **3.** Somebody wants to put a view at 45 degrees on a wanted poster, "so that people recognize him
# from the side". What do you answer?
#
# <details><summary>Answer</summary>
#
# No. Half of what such a picture shows is an average face. It looks like a photograph and is a
# drawing, and people who resemble the drawing will pay for the difference. Whoever needs a view from
# the side needs a photograph from the side.
#
# </details>

# %%
for name, images in your_pictures().items():
    seen = find(images[0]).largest(1)
    if len(seen):
        own = head_of(images[0], Landmarker().points(images[0], seen)[0])
        figure, plots = canvas(1, 5, 1.6)
        for plot, angle in zip(plots, (-30, -15, 0, 15, 30), strict=True):
            picture(plot, view_of_head(own, float(angle)).image_bgr, f"{angle:+d}°")
        show(figure, f"{name}, turned")

# %% [markdown]
# Next: [8 Being fair and lawful](chapter8_fair_and_lawful.py)
