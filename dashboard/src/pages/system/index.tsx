import { type Tab, TabbedPage } from "../../ui/tabbed-page";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { Audit } from "./audit";
import { FederationTab } from "./federation";
import { hasPart, useFederation } from "./federation/queries";
import { Jobs } from "./jobs";
import { Keys } from "./keys";
import { State } from "./state";
import { Users } from "./users";

type Name = "state" | "jobs" | "users" | "keys" | "audit" | "federation";

const TABS: readonly Tab<Name>[] = [
  { name: "state", rights: ["cameras:read"], body: <State /> },
  { name: "jobs", rights: ["people:write", "recognize"], body: <Jobs /> },
  { name: "users", rights: ["admin"], body: <Users /> },
  { name: "keys", rights: ["admin"], body: <Keys /> },
  { name: "audit", rights: ["admin"], body: <Audit /> },
];
const FEDERATION: Tab<Name> = { name: "federation", rights: ["admin"], body: <FederationTab /> };

export default function System({ place }: PageProps) {
  const words = useWords();
  const inFederation = hasPart(useFederation());
  return (
    <TabbedPage
      page="system"
      title={words.nav.system}
      tabs={inFederation ? [...TABS, FEDERATION] : TABS}
      labels={words.system.tabs}
      wanted={place.path[1]}
    />
  );
}
