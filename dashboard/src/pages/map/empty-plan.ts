import { pictureOf } from "../../ui/canvas";

const SIZE = [1200, 800] as const;
const STEP = 100;

/** A plan for who has no picture of one: squared paper. */
export async function emptyPlan(): Promise<Blob> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = SIZE;
  const paper = canvas.getContext("2d");
  if (paper) {
    paper.fillStyle = "#fafbf9";
    paper.fillRect(0, 0, ...SIZE);
    paper.strokeStyle = "#dfe3dd";
    paper.beginPath();
    for (let x = STEP; x < SIZE[0]; x += STEP) {
      paper.moveTo(x, 0);
      paper.lineTo(x, SIZE[1]);
    }
    for (let y = STEP; y < SIZE[1]; y += STEP) {
      paper.moveTo(0, y);
      paper.lineTo(SIZE[0], y);
    }
    paper.stroke();
  }
  return pictureOf(canvas, "image/png");
}
