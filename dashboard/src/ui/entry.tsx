import type { ReactNode } from "react";

/** A name and its value, of a list of them; side by side where there is room. */
export function Entry({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap justify-between gap-x-4">
      <dt className="text-quiet">{name}</dt>
      <dd dir="auto" className="m-0 ms-auto min-w-0 text-end font-semibold">
        {children}
      </dd>
    </div>
  );
}
