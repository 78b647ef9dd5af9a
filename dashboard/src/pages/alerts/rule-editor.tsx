import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, told } from "../../api/client";
import { useCameras } from "../../api/queries";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { CheckBox, SelectField, TextField } from "../../ui/field";
import { FailureNotice } from "../../ui/notice";
import { moment } from "../../ui/times";
import { useWords } from "../../words";
import { type Rule, type RuleBody, useAlertChange, useChannels, useWatchlists } from "./queries";
import { sentenceOf } from "./sentence";

const WHO = ["unknown", "known", "anyone", "list", "nobody"] as const;
const WHAT = [
  "appears",
  "leaves",
  "stays",
  "absent",
  "camera_lost",
  "impossible_speed",
  "spoof",
] as const;
const SEVERITIES = ["info", "warning", "critical"] as const;
const PROFILES = ["any", "home", "away"] as const;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const TIMED = new Set<string>(["stays", "absent"]);
const WEEK_S = 7 * 86_400;

type Who = (typeof WHO)[number];
type What = (typeof WHAT)[number];

const NOWHERE: NonNullable<RuleBody["where"]> = { cameras: [], zones: [], fences: [] };
const ALWAYS: NonNullable<RuleBody["when"]> = { intervals: [], profile: "any" };
const NEW: RuleBody = {
  name: "",
  enabled: true,
  who: { kind: "unknown", lists: [] },
  where: NOWHERE,
  when: ALWAYS,
  what: { kind: "appears", metres_per_second: 12 },
  severity: "warning",
  channels: [],
  require_live: false,
};

/** A rule, put together from the parts of its sentence, and tried on the last week before it holds. */
export function RuleEditor({ rule, onClose }: { rule: Rule | null; onClose(): void }) {
  const words = useWords();
  const may = useMay();
  const { data: lists = [] } = useWatchlists();
  const { data: cameras = [] } = useCameras(may("cameras:read"));
  const { data: channels = [] } = useChannels();
  const [draft, setDraft] = useState<RuleBody>(() => (rule ? bodyOf(rule) : NEW));
  const set = (change: Partial<RuleBody>) => setDraft((before) => ({ ...before, ...change }));
  const save = useAlertChange(async (body: RuleBody) =>
    rule
      ? told(api.PUT("/api/v1/rules/{name}", { params: { path: { name: rule.id } }, body }))
      : told(api.POST("/api/v1/rules", { body })),
  );
  const trial = useMutation({
    mutationFn: (body: RuleBody) =>
      told(
        api.POST("/api/v1/rules/dry-run", {
          body: { rule: { ...body, name: body.name || "?" }, since: Date.now() / 1000 - WEEK_S },
        }),
      ),
  });
  const who = draft.who?.kind ?? "anyone";
  const { kind, seconds } = draft.what;
  const interval = draft.when?.intervals?.[0];
  const setInterval = (change: { from?: string; to?: string; days?: readonly string[] }) =>
    set({
      when: {
        ...draft.when,
        profile: draft.when?.profile ?? "any",
        intervals: [
          { days: [...DAYS], from: "22:00", to: "06:00", ...interval, ...change },
        ] as NonNullable<RuleBody["when"]>["intervals"],
      },
    });
  const toggled = (all: readonly string[] | undefined, one: string) =>
    all?.includes(one) ? all.filter((other) => other !== one) : [...(all ?? []), one];
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
          {sentenceOf(words, draft, lists, new Map(cameras.map((one) => [one.id, one.name])))}.
        </p>
        <TextField
          label={words.people.name}
          value={draft.name}
          maxLength={100}
          required
          onChange={(event) => set({ name: event.target.value })}
        />
        <div className="grid gap-3 sm:grid-cols-3">
          <SelectField
            label={words.alerts.who}
            value={who}
            onChange={(event) => {
              const next = event.target.value as Who;
              set({
                who: {
                  kind: next,
                  lists: next === "list" ? lists.slice(0, 1).map((one) => one.id) : [],
                },
                ...(next === "nobody"
                  ? { what: { ...draft.what, kind: "absent", seconds: 3600 } }
                  : {}),
              });
            }}
          >
            {WHO.map((one) => (
              <option key={one} value={one} disabled={one === "list" && lists.length === 0}>
                {one === "list" ? words.alerts.fromList : words.alerts.sentence.who[one]}
              </option>
            ))}
          </SelectField>
          <SelectField
            label={words.alerts.what}
            value={kind}
            onChange={(event) => {
              const next = event.target.value as What;
              set({
                what: {
                  ...draft.what,
                  kind: next,
                  seconds: TIMED.has(next) ? (seconds ?? 60) : null,
                },
                ...(next === "camera_lost" ? { who: { kind: "anyone", lists: [] } } : {}),
              });
            }}
          >
            {WHAT.map((one) => (
              <option key={one} value={one}>
                {one === "camera_lost"
                  ? words.alerts.sentence.cameraLost
                  : words.alerts.sentence.what[one]}
              </option>
            ))}
          </SelectField>
          {TIMED.has(kind) && (
            <TextField
              label={words.alerts.seconds}
              type="number"
              min={1}
              value={seconds ?? 60}
              onChange={(event) =>
                set({ what: { ...draft.what, seconds: Number(event.target.value) } })
              }
            />
          )}
        </div>
        {who === "list" && (
          <Choices label={words.alerts.tabs.watchlists}>
            {lists.map((list) => (
              <CheckBox
                key={list.id}
                label={list.name}
                checked={draft.who?.lists?.includes(list.id) ?? false}
                onChange={() =>
                  set({ who: { kind: "list", lists: toggled(draft.who?.lists, list.id) } })
                }
              />
            ))}
          </Choices>
        )}
        {cameras.length > 0 && kind !== "absent" && (
          <Choices label={words.alerts.where}>
            {cameras.map((camera) => (
              <CheckBox
                key={camera.id}
                label={camera.name}
                checked={draft.where?.cameras?.includes(camera.id) ?? false}
                onChange={() =>
                  set({
                    where: {
                      ...(draft.where ?? NOWHERE),
                      cameras: toggled(draft.where?.cameras, camera.id),
                    },
                  })
                }
              />
            ))}
          </Choices>
        )}
        <Choices label={words.alerts.when}>
          <CheckBox
            label={words.alerts.onlyAt}
            checked={!!interval}
            onChange={(event) =>
              event.target.checked
                ? setInterval({})
                : set({ when: { profile: draft.when?.profile ?? "any", intervals: [] } })
            }
          />
          {interval && (
            <>
              <TextField
                label={words.alerts.from}
                type="time"
                value={interval.from}
                onChange={(event) => setInterval({ from: event.target.value })}
              />
              <TextField
                label={words.alerts.to}
                type="time"
                value={interval.to}
                onChange={(event) => setInterval({ to: event.target.value })}
              />
              {DAYS.map((day) => (
                <CheckBox
                  key={day}
                  label={words.alerts.days[day]}
                  checked={interval.days?.includes(day) ?? true}
                  onChange={() => setInterval({ days: toggled(interval.days ?? DAYS, day) })}
                />
              ))}
            </>
          )}
        </Choices>
        <div className="grid gap-3 sm:grid-cols-3">
          <SelectField
            label={words.alerts.profile}
            value={draft.when?.profile ?? "any"}
            onChange={(event) =>
              set({ when: { ...(draft.when ?? ALWAYS), profile: event.target.value } })
            }
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
        {channels.length > 0 && (
          <Choices label={words.alerts.tell}>
            {channels.map((channel) => (
              <CheckBox
                key={channel.id}
                label={channel.name}
                checked={draft.channels?.includes(channel.id) ?? false}
                onChange={() => set({ channels: toggled(draft.channels, channel.id) })}
              />
            ))}
          </Choices>
        )}
        {save.isError && <FailureNotice error={save.error} />}
        {trial.isError && <FailureNotice error={trial.error} />}
        <div aria-live="polite">
          {trial.data && (
            <div className="rounded-control border border-line p-3">
              <p className="font-semibold">{words.alerts.tried(trial.data.items.length)}</p>
              <ul className="m-0 mt-1 max-h-48 list-none overflow-y-auto p-0 text-sm">
                {trial.data.items.map((one) => (
                  <li key={`${one.at}-${one.sighting}`}>
                    <span className="tabular text-quiet">{moment(words, one.at)}</span>{" "}
                    <span dir="auto">
                      {one.camera} {one.words}
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          )}
        </div>
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

function Choices({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <fieldset className="m-0 border-0 p-0">
      <legend className="p-0 text-sm text-quiet">{label}</legend>
      <div className="flex flex-wrap items-end gap-x-5">{children}</div>
    </fieldset>
  );
}

function bodyOf({ id: _, ...body }: Rule): RuleBody {
  return body;
}
