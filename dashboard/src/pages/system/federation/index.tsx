import { Loading } from "../../../ui/notice";
import { Journal } from "./journal";
import { Invite, Members } from "./members";
import { siteNames, useFederation } from "./queries";
import { LastRound, Rounds } from "./rounds";
import { ThisSite } from "./site";
import { Weights } from "./weights";

/** The rounds of sites that calibrate together: who is in it, what came of it, what is used here. */
export function FederationTab() {
  const federation = useFederation();
  if (!federation) return <Loading />;
  const nameOf = siteNames(federation);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
        <LastRound round={federation.last_round} nameOf={nameOf} />
        {federation.site && <ThisSite site={federation.site} nameOf={nameOf} />}
      </div>
      {federation.coordinator && <Members coordinator={federation.coordinator} />}
      {federation.coordinator && <Invite />}
      <Rounds nameOf={nameOf} />
      <Weights />
      <Journal nameOf={nameOf} />
    </div>
  );
}
