import { type Tab, TabbedPage } from "../../ui/tabbed-page";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { Channels } from "./channels";
import { AlertList } from "./list";
import { Rules } from "./rules";
import { Watchlists } from "./watchlists";

const TABS: readonly Tab<"list" | "rules" | "watchlists" | "channels">[] = [
  { name: "list", rights: ["sightings:read"], body: <AlertList /> },
  { name: "rules", rights: ["sightings:read"], body: <Rules /> },
  { name: "watchlists", rights: ["sightings:read"], body: <Watchlists /> },
  { name: "channels", rights: ["sightings:write"], body: <Channels /> },
];

export default function Alerts({ place }: PageProps) {
  const words = useWords();
  return (
    <TabbedPage
      page="alerts"
      title={words.nav.alerts}
      tabs={TABS}
      labels={words.alerts.tabs}
      wanted={place.path[1]}
    />
  );
}
