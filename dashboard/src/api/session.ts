/**
 * Who is signed in. The access token lives in this module and nowhere else; what renews it is in a
 * cookie that no script can read.
 */
import { address } from "./base";
import { asFailure, failureOf } from "./failure";
import type { components } from "./schema";

export type Me = components["schemas"]["Me"];
export type Right = Me["rights"][number];
type TokenPair = components["schemas"]["TokenPair"];

type Session =
  | { state: "starting" }
  | { state: "unreachable" }
  | { state: "signed-out"; expired: boolean }
  | { state: "signed-in"; me: Me };

const EARLY_MS = 30_000;

let session: Session = { state: "starting" };
let token = "";
let goodUntil = 0;
let renewal: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

export function currentSession(): Session {
  return session;
}

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function take(pair: TokenPair): void {
  token = pair.access_token;
  goodUntil = Date.now() + pair.expires_in * 1000 - EARLY_MS;
}

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(address(path), {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function json<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw failureOf(response, body);
  return body as T;
}

/** Signs in by the cookie, or without anything where the server asks for nothing. */
export async function start(): Promise<void> {
  try {
    await renew();
    become({ state: "signed-in", me: await json<Me>(await call("GET", "api/v1/auth/me")) });
  } catch (error) {
    const failure = asFailure(error);
    become(
      failure.status === 401 ? { state: "signed-out", expired: false } : { state: "unreachable" },
    );
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  token = "";
  take(
    await json<TokenPair>(
      await call("POST", "api/v1/auth/login", { username, password, cookie: true }),
    ),
  );
  become({ state: "signed-in", me: await json<Me>(await call("GET", "api/v1/auth/me")) });
}

/** Sets one's own password, which ends every session, and signs in anew. */
export async function changePassword(me: Me, password: string, next: string): Promise<void> {
  const answer = await call("PUT", "api/v1/auth/password", { password, new_password: next });
  if (!answer.ok) await json(answer);
  await signIn(me.name, next);
}

export async function signOut(everywhere: boolean): Promise<void> {
  const query = everywhere ? "?everywhere=true" : "";
  await call("POST", `api/v1/auth/logout${query}`).catch(() => undefined);
  token = "";
  become({ state: "signed-out", expired: false });
}

/** Gets a fresh access token; false where the sign-in is over. Once at a time. */
function renew(): Promise<boolean> {
  renewal ??= call("POST", "api/v1/auth/refresh", {})
    .then(async (response) => {
      if (response.ok) take((await response.json()) as TokenPair);
      else if (response.status === 401) token = "";
      return response.ok;
    })
    .finally(() => {
      renewal = null;
    });
  return renewal;
}

/** A token that is good now; empty where the server asks for none. For sockets. */
export async function freshToken(): Promise<string> {
  if (token && Date.now() > goodUntil) await renew();
  return token;
}

/** `fetch` as who is signed in; a sign-in that is over ends the session. */
export async function signedFetch(request: Request): Promise<Response> {
  const signed = await withToken(request);
  const again = signed.body ? null : signed.clone();
  const response = await fetch(signed);
  if (response.status !== 401 || !again) return response;
  if (await renew()) return fetch(await withToken(again));
  if (session.state === "signed-in") become({ state: "signed-out", expired: true });
  return response;
}

async function withToken(request: Request): Promise<Request> {
  const current = await freshToken();
  if (!current) return request;
  const headers = new Headers(request.headers);
  headers.set("Authorization", `Bearer ${current}`);
  return new Request(request, { headers });
}
