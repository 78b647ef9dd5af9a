import { Tabs } from "radix-ui";
import type { ReactNode } from "react";
import type { Right } from "../../api/session";
import { useMay } from "../../me";
import { go, href } from "../../route";
import { PageFrame } from "../../ui/card";
import { TAB, TAB_LIST } from "../../ui/tabs";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { Audit } from "./audit";
import { Jobs } from "./jobs";
import { Keys } from "./keys";
import { State } from "./state";
import { Users } from "./users";

type Tab = "state" | "jobs" | "users" | "keys" | "audit";
const TABS: readonly { name: Tab; rights: readonly Right[]; body: ReactNode }[] = [
  { name: "state", rights: ["cameras:read"], body: <State /> },
  { name: "jobs", rights: ["people:write", "recognize"], body: <Jobs /> },
  { name: "users", rights: ["admin"], body: <Users /> },
  { name: "keys", rights: ["admin"], body: <Keys /> },
  { name: "audit", rights: ["admin"], body: <Audit /> },
];

export default function System({ place }: PageProps) {
  const words = useWords();
  const may = useMay();
  const tabs = TABS.filter((tab) => tab.rights.some(may));
  const wanted = tabs.find((tab) => tab.name === place.path[1]) ?? tabs[0];
  if (!wanted) return null;
  return (
    <PageFrame title={words.nav.system}>
      <Tabs.Root
        value={wanted.name}
        onValueChange={(name) => go(href(["system", name]), true)}
        activationMode="manual"
      >
        <Tabs.List aria-label={words.nav.system} className={TAB_LIST}>
          {tabs.map((tab) => (
            <Tabs.Trigger key={tab.name} value={tab.name} className={TAB}>
              {words.system.tabs[tab.name]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value={wanted.name} className="outline-none">
          {wanted.body}
        </Tabs.Content>
      </Tabs.Root>
    </PageFrame>
  );
}
