import { Tabs } from "radix-ui";
import { type ReactNode, useEffect, useRef } from "react";
import type { Right } from "../api/session";
import { useMay } from "../me";
import { go, href } from "../route";
import { PageFrame } from "./card";

const TAB =
  "min-h-11 shrink-0 border-b-2 border-transparent px-3 text-quiet -outline-offset-2! hover:text-ink data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-accent";

export interface Tab<Name extends string> {
  name: Name;
  /** Any of these is enough. */
  rights: readonly Right[];
  body: ReactNode;
}

interface Props<Name extends string> {
  /** The page in its address: its tabs are the places below it. */
  page: string;
  title: string;
  tabs: readonly Tab<Name>[];
  labels: Readonly<Record<Name, string>>;
  wanted: string | undefined;
  /** Kept in the address when the tab changes. */
  query?: Record<string, string>;
  actions?: ReactNode;
}

/** A page in tabs, of which everybody is shown those that they may use. */
export function TabbedPage<Name extends string>({
  page,
  title,
  tabs,
  labels,
  wanted,
  query = {},
  actions,
}: Props<Name>) {
  const may = useMay();
  const shown = tabs.filter((tab) => tab.rights.some(may));
  const current = shown.find((tab) => tab.name === wanted) ?? shown[0];
  const list = useRef<HTMLDivElement>(null);
  const active = current?.name;
  useEffect(() => {
    // on a phone the list scrolls sideways
    const tab = active && list.current?.querySelector("[data-state=active]");
    if (tab) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);
  if (!current) return null;
  return (
    <PageFrame title={title} actions={actions}>
      <Tabs.Root
        value={current.name}
        onValueChange={(name) => go(href([page, name], query), true)}
        activationMode="manual"
      >
        <Tabs.List
          ref={list}
          aria-label={title}
          className="mb-4 flex gap-1 overflow-x-auto border-b border-line"
        >
          {shown.map((tab) => (
            <Tabs.Trigger key={tab.name} value={tab.name} className={TAB}>
              {labels[tab.name]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value={current.name} className="rounded-control outline-offset-4">
          {current.body}
        </Tabs.Content>
      </Tabs.Root>
    </PageFrame>
  );
}
