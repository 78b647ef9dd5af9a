import type { Schemas } from "../../api/client";

type Face = Schemas["FaceOut"];

/** The views that a person is learned from, in the order in which they are taken. */
export const VIEWS = ["straight", "left", "right"] as const;
type View = (typeof VIEWS)[number];

/** What somebody before the camera is to do; `good`: nothing, the picture is taken. */
export type Hint =
  | "nobody"
  | "several"
  | "closer"
  | "back"
  | "middle"
  | "darker"
  | "brighter"
  | "still"
  | "straight"
  | "left"
  | "right"
  | "lessTurned"
  | "good";

/** Shares of the picture's height that a face is to fill. */
const LEAST_HEIGHT = 0.22;
const MOST_HEIGHT = 0.85;
/** The middle of a face is to lie in the middle part of the width. */
const ASIDE = 0.25;
/** As `faces.photo.judgement` asks of a photograph at its strictest, and of sharpness as usual. */
const LIGHT = [50, 175] as const;
const SHARPNESS = 0.65;
/** How far the tip of the nose is from the middle of the eyes, in distances of the eyes: 0.12 is a
 * turn of about 11 degrees, 0.45 of about 35, where a face is no longer good to learn from. */
const STRAIGHT = 0.12;
const TURNED_MOST = 0.45;

/** What is to be done for this view, by what recognition says of the last picture. */
export function guide(
  faces: readonly Face[],
  [width, height]: readonly number[],
  view: View,
): Hint {
  const face = nearest(faces);
  if (!face) return "nobody";
  if (faces.some((other) => other !== face && heightOf(other) > heightOf(face) * 0.6)) {
    return "several";
  }
  const [x0, , x1] = face.box_xyxy as [number, number, number, number];
  const share = heightOf(face) / (height || 1);
  if (share < LEAST_HEIGHT) return "closer";
  if (share > MOST_HEIGHT) return "back";
  if (Math.abs((x0 + x1) / 2 / (width || 1) - 0.5) > ASIDE) return "middle";
  if (face.quality.brightness < LIGHT[0]) return "brighter";
  if (face.quality.brightness > LIGHT[1]) return "darker";
  const turn = turnOf(face);
  if (turn !== null) {
    if (Math.abs(turn) > TURNED_MOST) return "lessTurned";
    if (view === "straight" && Math.abs(turn) > STRAIGHT) return "straight";
    if (view === "left" && turn < STRAIGHT) return "left";
    if (view === "right" && turn > -STRAIGHT) return "right";
  }
  return face.quality.sharpness < SHARPNESS ? "still" : "good";
}

/** The turn of a face, positive towards its own left; null where its eyes and nose are not known. */
function turnOf(face: Pick<Face, "landmarks">): number | null {
  const [left, right, nose] = face.landmarks as [number, number][];
  if (!left || !right || !nose) return null;
  const eyes = Math.hypot(right[0] - left[0], right[1] - left[1]);
  return eyes > 0 ? (nose[0] - (left[0] + right[0]) / 2) / eyes : null;
}

function nearest(faces: readonly Face[]): Face | undefined {
  return [...faces].sort((a, b) => heightOf(b) - heightOf(a))[0];
}

function heightOf(face: Face): number {
  const [, y0, , y1] = face.box_xyxy as [number, number, number, number];
  return y1 - y0;
}
