import { Tabs } from "radix-ui";
import type { ReactNode } from "react";
import type { Right } from "../../api/session";
import { useMay } from "../../me";
import { go, href } from "../../route";
import { PageFrame } from "../../ui/card";
import { TAB, TAB_LIST } from "../../ui/tabs";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { Channels } from "./channels";
import { AlertList } from "./list";
import { Rules } from "./rules";
import { Watchlists } from "./watchlists";

type Tab = "list" | "rules" | "watchlists" | "channels";
const TABS: readonly { name: Tab; right: Right; body: ReactNode }[] = [
  { name: "list", right: "sightings:read", body: <AlertList /> },
  { name: "rules", right: "sightings:read", body: <Rules /> },
  { name: "watchlists", right: "sightings:read", body: <Watchlists /> },
  { name: "channels", right: "sightings:write", body: <Channels /> },
];

export default function Alerts({ place }: PageProps) {
  const words = useWords();
  const may = useMay();
  const tabs = TABS.filter((tab) => may(tab.right));
  const wanted = tabs.find((tab) => tab.name === place.path[1]) ?? tabs[0];
  if (!wanted) return null;
  return (
    <PageFrame title={words.nav.alerts}>
      <Tabs.Root
        value={wanted.name}
        onValueChange={(name) => go(href(["alerts", name]), true)}
        activationMode="manual"
      >
        <Tabs.List aria-label={words.nav.alerts} className={TAB_LIST}>
          {tabs.map((tab) => (
            <Tabs.Trigger key={tab.name} value={tab.name} className={TAB}>
              {words.alerts.tabs[tab.name]}
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
