import type { ReactNode } from "react";
import { asFailure } from "../api/failure";
import { useReachable } from "../live/reach";
import { useWords, type Words } from "../words";
import { Button } from "./button";

/** What went wrong, why, and what to do, in words. */
export function failureWords(words: Words, error: unknown): string {
  const failure = asFailure(error);
  if (failure.status === 0) return words.failure.unreachable;
  if (failure.status === 403) return words.failure.forbidden;
  if (failure.status === 404 && failure.code === "not_found") return words.failure.gone;
  if (failure.status === 429) return words.failure.wait(Math.ceil(failure.retryAfterS ?? 1));
  return words.refusal(failure.code, failure.message) || words.failure.unknown;
}

export function FailureNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const words = useWords();
  const reachable = useReachable();
  // the whole page says so already, and goes on by itself
  if (!reachable && asFailure(error).status === 0) return null;
  return (
    <div role="alert" className="rounded-card border border-warn bg-warn-ground p-4">
      <p className="font-semibold">{failureWords(words, error)}</p>
      {retry && (
        <Button look="danger" className="mt-3" onClick={retry}>
          {words.again}
        </Button>
      )}
    </div>
  );
}

export function Loading() {
  const words = useWords();
  return (
    <p role="status" className="flex items-center gap-3 p-4 text-quiet">
      <span
        aria-hidden
        className="size-4 animate-spin rounded-full border-2 border-line border-t-accent motion-reduce:animate-none"
      />
      {words.loading}
    </p>
  );
}

/** There is nothing: why that is so, and what can be done about it. */
export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="mx-auto max-w-md px-4 py-12 text-center">
      <p className="text-lg font-semibold">{title}</p>
      <div className="mt-2 text-quiet">{children}</div>
    </div>
  );
}
