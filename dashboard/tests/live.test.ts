import { expect, test } from "vitest";
import { readPicture } from "../src/live/message";
import { strongest } from "../src/live/pictures";

function message(header: object, jpeg: number[]): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(4 + json.length + jpeg.length);
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, 4);
  bytes.set(jpeg, 4 + json.length);
  return bytes.buffer;
}

const HEADER = { camera: "cam_1", seq: 7, at: 12.5, faces: [], condition: "online" };

test("a picture is its length, its JSON and its JPEG", async () => {
  const picture = readPicture(message(HEADER, [0xff, 0xd8, 0xff]));
  expect(picture.camera).toBe("cam_1");
  expect(picture.seq).toBe(7);
  expect(picture.jpeg?.size).toBe(3);
});

test("without a JPEG only the condition has changed", () => {
  expect(readPicture(message(HEADER, [])).jpeg).toBeNull();
});

test("a message that is cut off is refused", () => {
  expect(() => readPicture(message(HEADER, []).slice(0, 20))).toThrow();
});

test("a camera in two tiles is asked for once, as the greater of them needs it", () => {
  const small = { camera: "b", fps: 1, width: 480 };
  const large = { camera: "b", fps: 15, width: 320 };
  const other = { camera: "a", fps: 1, width: 160 };
  expect(strongest([small, large, other])).toEqual([other, { camera: "b", fps: 15, width: 480 }]);
});
