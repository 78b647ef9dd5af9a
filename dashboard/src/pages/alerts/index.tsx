import type { Place } from "../../route";
import { type Tab, TabbedPage } from "../../ui/tabbed-page";
import { useWords } from "../../words";
import type { PageProps } from "..";
import { Channels } from "./channels";
import { AlertList } from "./list";
import { Rules } from "./rules";
import { Watchlists } from "./watchlists";

type Name = "list" | "rules" | "watchlists" | "channels";

/** The alert that an address asks for: `alerts?alert=alr_1`, or `alerts/alr_1`. */
function alertOf({ path, query }: Place): string | null {
  return query.get("alert") ?? (path[1]?.startsWith("alr_") ? path[1] : null);
}

export default function Alerts({ place }: PageProps) {
  const words = useWords();
  const opened = alertOf(place);
  const tabs: readonly Tab<Name>[] = [
    { name: "list", rights: ["sightings:read"], body: <AlertList opened={opened} /> },
    { name: "rules", rights: ["sightings:read"], body: <Rules /> },
    { name: "watchlists", rights: ["sightings:read"], body: <Watchlists /> },
    { name: "channels", rights: ["sightings:write"], body: <Channels /> },
  ];
  return (
    <TabbedPage
      page="alerts"
      title={words.nav.alerts}
      tabs={tabs}
      labels={words.alerts.tabs}
      wanted={opened ? "list" : place.path[1]}
    />
  );
}
