/** A picture of a camera as the server sends it: docs/cameras.md has the form. */
export interface LiveFace {
  /** x1, y1, x2, y2 as shares of width and height. */
  box: [number, number, number, number];
  name: string | null;
  state: string;
  track: number | null;
}

export interface LivePicture {
  camera: string;
  seq: number;
  /** Unix seconds by the server's clock. */
  at: number;
  faces: LiveFace[];
  condition: string;
  /** Null where only the condition has changed. */
  jpeg: Blob | null;
}

/** The length of the JSON in 4 bytes, the JSON, the JPEG. Throws on anything else. */
export function readPicture(message: ArrayBuffer): LivePicture {
  const length = new DataView(message).getUint32(0);
  if (length > message.byteLength - 4) throw new RangeError("the message is cut off");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length))) as Omit<
    LivePicture,
    "jpeg"
  >;
  const picture = new Uint8Array(message, 4 + length);
  return {
    ...header,
    jpeg: picture.length ? new Blob([picture], { type: "image/jpeg" }) : null,
  };
}
