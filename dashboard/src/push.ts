/** Alerts that the browser shows also where no page is open: its consent, and its subscription. */
import { api, told } from "./api/client";

/** Why this browser shows none; null where it can. */
type Obstacle = "unsupported" | "insecure" | "denied";

export function obstacle(): Obstacle | null {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    return "unsupported";
  }
  return Notification.permission === "denied" ? "denied" : null;
}

/** The subscription of this browser; null where there is none. */
export async function ownSubscription(): Promise<PushSubscription | null> {
  if (obstacle()) return null;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Asks the user, subscribes and tells the server. Throws what the browser says. */
export async function subscribe(publicKey: string, channel: string, name: string): Promise<void> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const before = await pushManager.getSubscription();
  if (before && !madeFor(before, publicKey)) await before.unsubscribe(); // of another server's key
  const subscription = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(publicKey),
  });
  await send(subscription, channel, name);
}

export async function unsubscribe(): Promise<void> {
  await (await ownSubscription())?.unsubscribe();
}

/** Tells the server of the subscription again: browsers change it without saying so. */
export async function renewSubscription(): Promise<void> {
  const subscription = await ownSubscription();
  const kept = keptChoice();
  if (subscription && kept) await send(subscription, kept.channel, kept.name);
}

async function send(subscription: PushSubscription, channel: string, name: string): Promise<void> {
  const { endpoint, expirationTime, keys } = subscription.toJSON();
  const made = await told(
    api.POST("/api/v1/push/subscriptions", {
      body: {
        channel,
        name,
        subscription: {
          endpoint: endpoint ?? "",
          expirationTime: expirationTime ?? null,
          keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" },
        },
      },
    }),
  );
  keepChoice({ channel, name, id: made.id });
}

interface Choice {
  channel: string;
  name: string;
  /** Of the subscription at the server. */
  id: string;
}

const KEPT = "lookout.push";

export function keptChoice(): Choice | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Choice | null;
  } catch {
    return null;
  }
}

function keepChoice(choice: Choice): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(choice));
  } catch {
    // a browser that keeps nothing is told of once
  }
}

function madeFor(subscription: PushSubscription, publicKey: string): boolean {
  const key = subscription.options.applicationServerKey;
  const wanted = bytesOf(publicKey);
  return !!key && [...new Uint8Array(key)].join() === [...wanted].join();
}

/** What base64url stands for. */
function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What a browser calls itself, for a list of several: "Firefox, Linux". */
export function browserName(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(
    agent.includes("Edg/") ? agent.replace("Chrome/", "") : agent,
  )?.[1];
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0];
  const named = browser === "Edg" ? "Edge" : browser === "OPR" ? "Opera" : browser;
  return [named, system].filter(Boolean).join(", ") || "Browser";
}
