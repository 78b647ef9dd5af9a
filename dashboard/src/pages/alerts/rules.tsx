import { useState } from "react";
import { api, told } from "../../api/client";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { CheckBox } from "../../ui/field";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { RemovalButton } from "../../ui/removal-button";
import { useWords } from "../../words";
import { type Rule, useAlertChange, useRules } from "./queries";
import { RuleEditor } from "./rule-editor";
import { useRuleParts } from "./rule-parts";
import { sentenceOf } from "./sentence";

export function Rules() {
  const words = useWords();
  const may = useMay();
  const { data, error, refetch } = useRules();
  const [editing, setEditing] = useState<Rule | "new" | null>(null);
  return (
    <>
      {may("sightings:write") && (
        <Button className="mb-4" onClick={() => setEditing("new")}>
          {words.alerts.addRule}
        </Button>
      )}
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && (
        <Nothing title={words.alerts.noRules}>{words.alerts.rulesHow}</Nothing>
      )}
      <ul className="m-0 grid list-none gap-4 p-0 lg:grid-cols-2">
        {data?.map((rule) => (
          <li key={rule.id}>
            <RuleCard rule={rule} onEdit={() => setEditing(rule)} />
          </li>
        ))}
      </ul>
      {editing && (
        <RuleEditor rule={editing === "new" ? null : editing} onClose={() => setEditing(null)} />
      )}
    </>
  );
}

function RuleCard({ rule, onEdit }: { rule: Rule; onEdit(): void }) {
  const words = useWords();
  const may = useMay();
  const { names } = useRuleParts();
  const change = useAlertChange((body: Partial<Rule>) =>
    told(
      api.PATCH("/api/v1/rules/{name}", {
        params: { path: { name: rule.id } },
        body: body as Record<string, unknown>,
      }),
    ),
  );
  const remove = useAlertChange(() =>
    told(api.DELETE("/api/v1/rules/{name}", { params: { path: { name: rule.id } } })),
  );
  const reached = (rule.channels ?? []).flatMap((channel) => names.get(channel) ?? []);
  return (
    <Card title={<span dir="auto">{rule.name}</span>} className="h-full">
      <p dir="auto">{sentenceOf(words, rule, names)}.</p>
      <p className="mt-1 text-sm text-quiet">
        {words.alerts.severities[rule.severity ?? "info"]} ·{" "}
        {reached.length ? reached.join(", ") : words.alerts.onlyHere}
      </p>
      {may("sightings:write") && (
        <div className="mt-2 flex flex-wrap items-center gap-x-4">
          <CheckBox
            label={words.alerts.enabled}
            checked={rule.enabled ?? true}
            onChange={(event) => change.mutate({ enabled: event.target.checked })}
          />
          <Button look="quiet" onClick={onEdit}>
            {words.change}
          </Button>
          <RemovalButton
            of="rule"
            name={rule.name}
            onConfirm={() => remove.mutateAsync(undefined)}
          />
        </div>
      )}
    </Card>
  );
}
