import { useQuery } from "@tanstack/react-query";
import { api, told } from "../../../api/client";
import { Card } from "../../../ui/card";
import { Entry } from "../../../ui/entry";
import { FailureNotice } from "../../../ui/notice";
import { percent } from "../../../ui/numbers";
import { Table } from "../../../ui/table";
import { fullMoment, moment } from "../../../ui/times";
import { useWords, type Words } from "../../../words";
import { type NameOf, whyWords } from "./details";
import type { Round } from "./queries";

export function LastRound({ round, nameOf }: { round: Round | null; nameOf: NameOf }) {
  const words = useWords();
  const { federation } = words;
  if (!round) {
    return (
      <Card title={federation.last}>
        <p className="text-quiet">
          {federation.noRound} <code>lookout federated round</code>
        </p>
      </Card>
    );
  }
  const missing = Object.entries(round.reasons);
  return (
    <Card
      title={federation.last}
      aside={<span className="text-sm text-quiet">{fullMoment(words, round.at)}</span>}
    >
      <p className="mb-2 text-lg font-semibold">
        {federation.version(round.version)}
        {round.reverts !== null && ` – ${federation.reverts(round.reverts)}`}
      </p>
      <dl className="m-0 space-y-1">
        <Entry name={federation.sites}>{round.sites.map(nameOf).join(", ")}</Entry>
        <Entry name={federation.missing}>
          {missing.length === 0
            ? federation.nobodyMissing
            : missing.map(([site, why]) => (
                <span key={site} dir="auto" className="block">
                  {federation.missingWhy(nameOf(site), whyWords(words, why, nameOf))}
                </span>
              ))}
        </Entry>
        <Entry name={federation.counted}>{counted(words, round)}</Entry>
        <Entry name={federation.epsilon}>{noise(words, round)}</Entry>
        <Entry name={federation.allowed}>{percent(words, round.allowed)}</Entry>
        <Entry name={federation.target}>{percent(words, round.target)}</Entry>
        <Entry name={federation.found}>{percent(words, round.found)}</Entry>
      </dl>
    </Card>
  );
}

export function Rounds({ nameOf }: { nameOf: NameOf }) {
  const words = useWords();
  const { federation } = words;
  const { data, error } = useQuery({
    queryKey: ["federated", "rounds"],
    queryFn: () => told(api.GET("/api/v1/federated/rounds")),
  });
  if (error) return <FailureNotice error={error} />;
  if (!data?.items.length) return null;
  return (
    <Card title={federation.rounds}>
      <Table
        label={federation.rounds}
        rows={data.items}
        keyOf={(round) => String(round.version)}
        columns={[
          { head: federation.round, cell: (round) => round.version },
          { head: federation.at, cell: (round) => moment(words, round.at) },
          { head: federation.sites, cell: (round) => round.sites.map(nameOf).join(", ") },
          {
            head: federation.missing,
            cell: (round) => Object.keys(round.missing).map(nameOf).join(", ") || "–",
          },
          { head: federation.counted, cell: (round) => counted(words, round) },
          { head: federation.epsilon, end: true, cell: (round) => noise(words, round) },
          { head: federation.allowed, end: true, cell: (round) => percent(words, round.allowed) },
        ]}
      />
    </Card>
  );
}

function counted(words: Words, { strangers, people }: Round): string {
  const [unknown, known] = [strangers, people].map((n) => n.toLocaleString(words.tag));
  return words.federation.people(unknown ?? "", known ?? "");
}

function noise(words: Words, { epsilon }: Round): string {
  return epsilon === null ? words.federation.noNoise : epsilon.toLocaleString(words.tag);
}
