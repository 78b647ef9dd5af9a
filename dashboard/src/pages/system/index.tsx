import { type Tab, TabbedPage } from "../../ui/tabbed-page";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { Audit } from "./audit";
import { Jobs } from "./jobs";
import { Keys } from "./keys";
import { State } from "./state";
import { Users } from "./users";

const TABS: readonly Tab<"state" | "jobs" | "users" | "keys" | "audit">[] = [
  { name: "state", rights: ["cameras:read"], body: <State /> },
  { name: "jobs", rights: ["people:write", "recognize"], body: <Jobs /> },
  { name: "users", rights: ["admin"], body: <Users /> },
  { name: "keys", rights: ["admin"], body: <Keys /> },
  { name: "audit", rights: ["admin"], body: <Audit /> },
];

export default function System({ place }: PageProps) {
  const words = useWords();
  return (
    <TabbedPage
      page="system"
      title={words.nav.system}
      tabs={TABS}
      labels={words.system.tabs}
      wanted={place.path[1]}
    />
  );
}
