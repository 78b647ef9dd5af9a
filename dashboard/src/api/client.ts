import createClient from "openapi-fetch";
import { address, BASE } from "./base";
import { Failure, failureOf } from "./failure";
import type { components, paths } from "./schema";
import { signedFetch } from "./session";

export type Schemas = components["schemas"];

/** The HTTP API, with the types of its own OpenAPI. */
export const api = createClient<paths>({ baseUrl: BASE.replace(/\/$/, ""), fetch: signedFetch });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was asked for. Throws Failure. */
export async function told<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer.catch((reason: unknown) => {
    if (reason instanceof TypeError) throw new Failure(0, "unreachable", "");
    throw reason;
  });
  if (!response.ok) throw failureOf(response, error);
  return data as T;
}

/** The bytes of a picture that only those with the right may see. Throws Failure. */
export async function picture(path: string, signal?: AbortSignal): Promise<Blob> {
  const url = address(path);
  const response = await signedFetch(new Request(url, signal ? { signal } : {}));
  if (!response.ok) throw failureOf(response, await response.json().catch(() => undefined));
  return response.blob();
}

/** What a request needs to send a form with files, of those bodies that OpenAPI calls multipart. */
export function withFiles(
  fields: Record<string, Blob | Blob[]>,
  words: Record<string, string> = {},
): { body: never; bodySerializer(): FormData } {
  const form = new FormData();
  for (const [name, files] of Object.entries(fields)) {
    for (const file of Array.isArray(files) ? files : [files]) {
      form.append(name, file, file instanceof File ? file.name : `${name}.jpg`);
    }
  }
  for (const [name, word] of Object.entries(words)) form.append(name, word);
  // OpenAPI says `string` of a file
  return { body: form as never, bodySerializer: () => form };
}
