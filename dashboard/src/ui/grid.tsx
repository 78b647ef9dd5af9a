import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

interface Props<T> {
  items: readonly T[];
  keyOf(item: T): string;
  /** The least width of a tile, in pixels; 0: one tile a row. */
  tileWidth: number;
  /** The height of a tile of this width, the gap below it included. */
  heightOf(width: number): number;
  /** There is more behind the last item: `onEnd` is called when it comes near. */
  onEnd?: () => void;
  label: string;
  children(item: T): ReactNode;
}

const GAP = 12;
const NARROW = 420;

/** A list or wall of any length, of which only what is on the screen exists. */
export function Grid<T>({ items, keyOf, tileWidth, heightOf, onEnd, label, children }: Props<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [box, setBox] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () =>
      setBox({
        width: element.clientWidth,
        top: element.getBoundingClientRect().top + window.scrollY,
      });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const least = box.width < NARROW && tileWidth ? Math.min(tileWidth, 140) : tileWidth;
  const columns = least ? Math.max(2, Math.floor((box.width + GAP) / (least + GAP))) : 1;
  const width = (box.width - GAP * (columns - 1)) / columns;
  const rows = Math.ceil(items.length / columns);
  const height = heightOf(width);
  const virtual = useWindowVirtualizer({
    count: box.width ? rows : 0,
    estimateSize: () => height,
    overscan: 2,
    scrollMargin: box.top,
    useFlushSync: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is what it measures by
  useEffect(() => virtual.measure(), [virtual, height]);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (rows > 0 && last >= rows - 3) onEnd?.();
  }, [last, rows, onEnd]);
  return (
    <ul
      ref={list}
      aria-label={label}
      className="relative m-0 list-none p-0"
      style={{ height: virtual.getTotalSize() }}
    >
      {shown.flatMap((row) =>
        items.slice(row.index * columns, (row.index + 1) * columns).map((item, column) => (
          <li
            key={keyOf(item)}
            className="absolute top-0 start-0"
            style={{
              width,
              height: height - GAP,
              insetInlineStart: column * (width + GAP),
              transform: `translateY(${row.start - box.top}px)`,
            }}
          >
            <Cell item={item} render={children} />
          </li>
        )),
      )}
    </ul>
  );
}

/** What a scroll leaves where it is, is not rendered again. */
const Cell = memo(function Cell<T>({ item, render }: { item: T; render(item: T): ReactNode }) {
  return render(item);
}) as <T>(props: { item: T; render(item: T): ReactNode }) => ReactNode;
