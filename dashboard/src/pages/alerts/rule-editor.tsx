import { useState } from "react";
import { api, told } from "../../api/client";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { SelectField, TextField } from "../../ui/field";
import { FailureNotice } from "../../ui/notice";
import { useWords } from "../../words";
import { Choices } from "./choices";
import { type Rule, type RuleBody, useAlertChange } from "./queries";
import {
  ALWAYS,
  bodyOf,
  isTimed,
  NEW,
  WHAT,
  WHO,
  type What,
  type Who,
  withWhat,
  withWhere,
  withWho,
} from "./rule-draft";
import { useRuleParts } from "./rule-parts";
import { RuleTimes } from "./rule-times";
import { RuleTrial, useRuleTrial } from "./rule-trial";
import { sentenceOf } from "./sentence";

const SEVERITIES = ["info", "warning", "critical"] as const;
const PROFILES = ["any", "home", "away"] as const;

/** A rule, put together from the parts of its sentence, and tried on the last week before it holds. */
export function RuleEditor({ rule, onClose }: { rule: Rule | null; onClose(): void }) {
  const words = useWords();
  const parts = useRuleParts();
  const [draft, setDraft] = useState<RuleBody>(() => (rule ? bodyOf(rule) : NEW));
  const set = (change: Partial<RuleBody>) => setDraft((before) => ({ ...before, ...change }));
  const save = useAlertChange(
    async (body: RuleBody) =>
      rule
        ? told(api.PUT("/api/v1/rules/{name}", { params: { path: { name: rule.id } }, body }))
        : told(api.POST("/api/v1/rules", { body })),
    { inForm: true },
  );
  const trial = useRuleTrial();
  const when = draft.when ?? ALWAYS;
  return (
    <Dialog title={rule ? rule.name : words.alerts.addRule} onClose={onClose} wide>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(draft, { onSuccess: onClose });
        }}
      >
        <p dir="auto" aria-live="polite" className="rounded-control bg-ground px-3 py-2 text-lg">
          {sentenceOf(words, draft, parts.names)}.
        </p>
        <TextField
          label={words.name}
          value={draft.name}
          maxLength={100}
          required
          onChange={(event) => set({ name: event.target.value })}
        />
        <WhoAndWhat draft={draft} parts={parts} onChange={setDraft} />
        <Places draft={draft} parts={parts} onChange={setDraft} />
        <RuleTimes when={when} onChange={(next) => set({ when: next })} />
        <div className="grid gap-3 sm:grid-cols-3">
          <SelectField
            label={words.alerts.profile}
            value={when.profile ?? "any"}
            onChange={(event) => set({ when: { ...when, profile: event.target.value } })}
          >
            {PROFILES.map((one) => (
              <option key={one} value={one}>
                {words.alerts.profiles[one]}
              </option>
            ))}
          </SelectField>
          <SelectField
            label={words.alerts.severity}
            value={draft.severity}
            onChange={(event) => set({ severity: event.target.value as RuleBody["severity"] })}
          >
            {SEVERITIES.map((one) => (
              <option key={one} value={one}>
                {words.alerts.severities[one]}
              </option>
            ))}
          </SelectField>
        </div>
        <Choices
          label={words.alerts.tell}
          items={parts.channels}
          chosen={draft.channels}
          onChoose={(channels) => set({ channels })}
        />
        {save.isError && <FailureNotice error={save.error} />}
        <RuleTrial trial={trial} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="plain" busy={trial.isPending} onClick={() => trial.mutate(draft)}>
            {words.alerts.try}
          </Button>
          <Button type="submit" busy={save.isPending}>
            {words.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface PartProps {
  draft: RuleBody;
  parts: ReturnType<typeof useRuleParts>;
  onChange(draft: RuleBody): void;
}

function WhoAndWhat({ draft, parts: { lists, zones, fences }, onChange }: PartProps) {
  const { alerts } = useWords();
  const { kind, seconds } = draft.what;
  const who = draft.who?.kind ?? "anyone";
  const nowhere = zones.length + fences.length === 0;
  const first = lists.slice(0, 1).map((one) => one.id);
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-3">
        <SelectField
          label={alerts.who}
          value={who}
          onChange={(event) => {
            const next = event.target.value as Who;
            onChange(withWho(draft, next, next === "list" ? first : []));
          }}
        >
          {WHO.map((one) => (
            <option key={one} value={one} disabled={one === "list" && lists.length === 0}>
              {one === "list" ? alerts.fromList : alerts.sentence.who[one]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={alerts.what}
          value={kind}
          onChange={(event) => onChange(withWhat(draft, event.target.value as What))}
        >
          {WHAT.map((one) => (
            <option
              key={one}
              value={one}
              disabled={(one === "enters" || one === "exits") && nowhere}
            >
              {one === "camera_lost" ? alerts.sentence.cameraLost : alerts.sentence.what[one]}
            </option>
          ))}
        </SelectField>
        {isTimed(kind) && (
          <TextField
            label={alerts.seconds}
            type="number"
            min={1}
            value={seconds ?? ""}
            required
            onChange={(event) =>
              onChange({ ...draft, what: { ...draft.what, seconds: Number(event.target.value) } })
            }
          />
        )}
      </div>
      {who === "list" && (
        <Choices
          label={alerts.tabs.watchlists}
          items={lists}
          chosen={draft.who?.lists}
          onChoose={(chosen) => onChange(withWho(draft, "list", chosen))}
        />
      )}
    </>
  );
}

/** Absence is of the whole site, and a lost camera of no area. */
function Places({ draft, parts, onChange }: PartProps) {
  const { alerts } = useWords();
  const { kind } = draft.what;
  if (kind === "absent") return null;
  const areas = kind !== "camera_lost";
  return (
    <>
      <Choices
        label={alerts.where}
        items={parts.cameras}
        chosen={draft.where?.cameras}
        onChoose={(cameras) => onChange(withWhere(draft, { cameras }))}
      />
      <Choices
        label={alerts.inZones}
        items={areas ? parts.zones : []}
        chosen={draft.where?.zones}
        onChoose={(zones) => onChange(withWhere(draft, { zones }))}
      />
      <Choices
        label={alerts.inFences}
        items={areas ? parts.fences : []}
        chosen={draft.where?.fences}
        onChoose={(fences) => onChange(withWhere(draft, { fences }))}
      />
    </>
  );
}
