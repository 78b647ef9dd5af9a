import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { Button } from "../../../ui/button";
import { Card } from "../../../ui/card";
import { Confirm } from "../../../ui/dialog";
import { Entry } from "../../../ui/entry";
import { percent } from "../../../ui/numbers";
import { fullMoment } from "../../../ui/times";
import { useToasts } from "../../../ui/toasts";
import { useWords } from "../../../words";
import { type NameOf, whyWords } from "./details";
import { takeBack, useFederationChange } from "./queries";

/** What this machine takes part with, and what it has taken over. */
export function ThisSite({ site, nameOf }: { site: Schemas["SiteOut"]; nameOf: NameOf }) {
  const words = useWords();
  const { federation } = words;
  const { counted } = site;
  return (
    <Card title={federation.site}>
      <p dir="auto" className="mb-2 text-quiet">
        {federation.siteIs(site.name, site.address)}
      </p>
      <Adopted adopted={site.adopted} nameOf={nameOf} />
      <dl className="mt-3 mb-0 space-y-1">
        <Entry name={federation.ownCounts}>
          {counted ? (
            federation.people(
              (counted.stranger ?? 0).toLocaleString(words.tag),
              (counted.genuine ?? 0).toLocaleString(words.tag),
            )
          ) : (
            <>
              {federation.notCounted} <code>lookout federated count</code>
            </>
          )}
        </Entry>
        <Entry name={federation.heldOut}>{federation.heldOutPeople(site.held_out)}</Entry>
        <Entry name={federation.budget}>
          {site.budget === null ? federation.noBudget : site.budget.toLocaleString(words.tag)}
        </Entry>
      </dl>
    </Card>
  );
}

function Adopted({ adopted, nameOf }: { adopted: Schemas["AdoptedOut"] | null; nameOf: NameOf }) {
  const words = useWords();
  const { federation } = words;
  const { tell } = useToasts();
  const [asking, setAsking] = useState(false);
  const back = useFederationChange(async () => {
    const { allowed } = await takeBack();
    tell(federation.wentBackTo(percent(words, allowed)));
  });
  if (!adopted) return <p>{federation.nothingAdopted}</p>;
  const before = percent(words, adopted.before);
  return (
    <div className="flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0 grow basis-56">
        <p className="font-semibold">
          {adopted.version ? federation.adopted(adopted.version) : federation.wentBack}
        </p>
        <p>{federation.fromTo(before, percent(words, adopted.allowed))}</p>
        <p className="text-sm text-quiet">
          <span dir="auto" className="inline-block first-letter:uppercase">
            {whyWords(words, adopted.reason, nameOf)}
          </span>{" "}
          · {fullMoment(words, adopted.at)}
        </p>
      </div>
      {adopted.version > 0 && (
        <Button look="plain" onClick={() => setAsking(true)}>
          {federation.back}
        </Button>
      )}
      {asking && (
        <Confirm
          title={federation.backTitle}
          action={federation.back}
          busy={back.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() => back.mutate(undefined, { onSettled: () => setAsking(false) })}
        >
          <p>
            {federation.backWhat(before)} <code>lookout federated take-part</code>
          </p>
        </Confirm>
      )}
    </div>
  );
}
