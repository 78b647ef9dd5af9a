/** What a canvas shows, as a picture. Rejects where the browser makes none. */
export function pictureOf(
  canvas: HTMLCanvasElement,
  type: "image/jpeg" | "image/png",
  quality?: number,
): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the browser made no picture"))),
      type,
      quality,
    ),
  );
}
