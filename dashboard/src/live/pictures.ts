/**
 * The live pictures of all tiles, over one WebSocket: a browser opens six connections to a server,
 * and the seventh stream of its own would hold up everything. A hidden tab has none at all.
 */
import { address } from "../api/base";
import { freshToken } from "../api/session";
import { type LivePicture, readPicture } from "./message";
import { reach } from "./reach";

interface Wish {
  camera: string;
  fps: number;
  width: number;
}

type Shown = (picture: LivePicture) => Promise<void>;

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 4000;

class LivePictures {
  private wishes = new Map<Shown, Wish>();
  private socket: WebSocket | null = null;
  private retryMs = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What the server was last told to send; null until it knows who asks. */
  private told: string | null = null;

  constructor() {
    document.addEventListener("visibilitychange", () => this.renew());
    reach.onBack(() => this.again());
  }

  /** Shows a camera until the function that is returned is called. */
  watch(wish: Wish, shown: Shown): () => void {
    this.wishes.set(shown, wish);
    this.renew();
    return () => {
      this.wishes.delete(shown);
      this.renew();
    };
  }

  private renew(): void {
    // several tiles come and go together: they are told at once
    queueMicrotask(() => {
      if (document.hidden || this.wishes.size === 0) this.close();
      else if (!this.socket) void this.open();
      else this.tell();
    });
  }

  private close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.socket?.close();
    this.socket = null;
  }

  private async open(): Promise<void> {
    if (this.timer) return;
    const url = address("api/v1/cameras/live").replace(/^http/, "ws");
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.told = null;
    socket.onopen = async () => {
      const token = await freshToken().catch(() => "");
      if (this.socket !== socket) return;
      if (token) socket.send(JSON.stringify({ token }));
      this.told = "";
      this.tell();
    };
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) void this.take(socket, data);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      void reach.doubt();
      this.timer = setTimeout(() => this.again(), this.retryMs);
      this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
    };
  }

  private again(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.renew();
  }

  private tell(): void {
    if (this.told === null || this.socket?.readyState !== WebSocket.OPEN) return;
    const watch = JSON.stringify({ watch: strongest([...this.wishes.values()]) });
    if (watch === this.told) return;
    this.told = watch;
    this.socket.send(watch);
  }

  /** Acknowledges a picture when it is on the screen: a slow device is sent fewer, not older ones. */
  private async take(socket: WebSocket, message: ArrayBuffer): Promise<void> {
    this.retryMs = FIRST_RETRY_MS;
    const picture = readPicture(message);
    const showing = [...this.wishes]
      .filter(([, wish]) => wish.camera === picture.camera)
      .map(([shown]) => shown(picture));
    await Promise.allSettled(showing);
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ack: picture.seq }));
  }
}

/** One wish a camera: the highest rate and width that any of its tiles asks for. */
export function strongest(wishes: readonly Wish[]): Wish[] {
  const found = new Map<string, Wish>();
  for (const wish of wishes) {
    const other = found.get(wish.camera);
    found.set(wish.camera, {
      camera: wish.camera,
      fps: Math.max(wish.fps, other?.fps ?? 0),
      width: Math.max(wish.width, other?.width ?? 0),
    });
  }
  return [...found.values()].sort((a, b) => (a.camera < b.camera ? -1 : 1));
}

export const livePictures = new LivePictures();
