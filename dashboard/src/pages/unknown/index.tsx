import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type UnknownPerson, useUnknownPeople } from "../../api/queries";
import { useMay } from "../../me";
import { PageFrame } from "../../ui/card";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";
import { IgnoredFaces } from "./ignored";
import { isTyping, keyStep } from "./keys";
import { Stranger, type StrangerHandle } from "./stranger";

/**
 * Unknown people in the order in which naming them is worth most. The list that is shown stands
 * still while it is worked on: what is done leaves it, what is new waits below.
 */
export default function Unknown() {
  const words = useWords();
  const may = useMay();
  const { undoLatest } = useToasts();
  const { data, error, refetch } = useUnknownPeople();
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const order = useRef<string[]>([]);
  const handles = useRef(new Map<string, StrangerHandle>());

  const shown = useMemo(() => {
    const items = inOrder(order.current, data?.items ?? [], new Set([...later, ...gone]));
    order.current = items.map((one) => one.cluster);
    return items;
  }, [data, later, gone]);
  const at = Math.max(
    0,
    shown.findIndex((one) => one.cluster === current),
  );
  const focus = useCallback(
    (index: number) => {
      const next = shown[Math.max(0, Math.min(index, shown.length - 1))];
      if (!next) return;
      setCurrent(next.cluster);
      handles.current.get(next.cluster)?.focus();
    },
    [shown],
  );
  const postpone = useCallback(
    (cluster: string) => setLater((before) => new Set(before).add(cluster)),
    [],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const step = keyStep(event.key);
      const handle = handles.current.get(shown[at]?.cluster ?? "");
      if (step === null) return;
      event.preventDefault();
      if (step.kind === "move") focus(at + step.by);
      else if (step.kind === "undo") undoLatest();
      else if (step.kind === "suggestion") handle?.choose(step.index);
      else if (step.kind === "name") handle?.type();
      else if (step.kind === "ignore") handle?.ignore();
      else if (shown[at]) postpone(shown[at].cluster);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [shown, at, focus, postpone, undoLatest]);

  const mayName = may("sightings:write");
  return (
    <PageFrame title={words.nav.unknown}>
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && shown.length === 0 && (
        <Nothing title={later.size ? words.unknown.onlyLater(later.size) : words.unknown.none}>
          {later.size ? (
            <button
              type="button"
              className="min-h-11 text-accent underline"
              onClick={() => setLater(new Set())}
            >
              {words.unknown.showLater}
            </button>
          ) : (
            words.unknown.nobody
          )}
        </Nothing>
      )}
      {data && shown.length > 0 && (
        <>
          <p className="mb-1" role="status">
            {words.unknown.left(data.total - later.size - gone.size)}
          </p>
          {mayName && (
            <p className="mb-4 hidden text-sm text-quiet md:block">{words.unknown.keys}</p>
          )}
          <ol className="m-0 list-none space-y-4 p-0">
            {shown.map((one, index) => (
              <li key={one.cluster}>
                <Stranger
                  ref={(handle) => {
                    if (handle) handles.current.set(one.cluster, handle);
                    else handles.current.delete(one.cluster);
                  }}
                  stranger={one}
                  others={shown}
                  current={index === at}
                  onEnter={() => setCurrent(one.cluster)}
                  onLater={() => postpone(one.cluster)}
                  onGone={(away) =>
                    setGone((before) => {
                      const next = new Set(before);
                      if (away) next.add(one.cluster);
                      else next.delete(one.cluster);
                      return next;
                    })
                  }
                />
              </li>
            ))}
          </ol>
        </>
      )}
      <IgnoredFaces />
    </PageFrame>
  );
}

/** The strangers of now in the order of before, the new ones behind, without those put off. */
export function inOrder(
  before: readonly string[],
  now: readonly UnknownPerson[],
  later: ReadonlySet<string>,
): UnknownPerson[] {
  const place = new Map(before.map((cluster, index) => [cluster, index]));
  const rank = (one: UnknownPerson) => place.get(one.cluster) ?? Number.POSITIVE_INFINITY;
  return now
    .filter((one) => !later.has(one.cluster))
    .map((one, index) => ({ one, index }))
    .sort((a, b) => compare(rank(a.one), rank(b.one)) || a.index - b.index)
    .map(({ one }) => one);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b; // infinity minus infinity is no number
}
