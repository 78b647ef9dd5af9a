import { type FormEvent, useState } from "react";
import { api, type Schemas, told } from "../../api/client";
import { useMay } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { CheckBox, SelectField, TextField } from "../../ui/field";
import { FailureNotice, Loading, Nothing } from "../../ui/notice";
import { RemovalButton } from "../../ui/removal-button";
import { useWords } from "../../words";
import { type Channel, useAlertChange, useChannels } from "./queries";

type Kind = Channel["kind"];
const STATES: Readonly<Record<string, string>> = { ready: "text-good", failing: "text-warn" };
const KINDS: readonly Kind[] = ["webhook", "email", "apprise", "webpush", "file"];

export function Channels() {
  const words = useWords();
  const may = useMay();
  const { data, error, refetch } = useChannels();
  return (
    <div className="grid gap-4">
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && (
        <Nothing title={words.alerts.noChannels}>{words.alerts.channelsHow}</Nothing>
      )}
      <ul className="m-0 grid list-none gap-4 p-0 lg:grid-cols-2">
        {data?.map((channel) => (
          <li key={channel.id}>
            <ChannelCard channel={channel} />
          </li>
        ))}
      </ul>
      {may("admin") && <AddChannel />}
    </div>
  );
}

function ChannelCard({ channel }: { channel: Channel }) {
  const words = useWords();
  const may = useMay();
  const change = useAlertChange((body: Record<string, unknown>) =>
    told(api.PATCH("/api/v1/channels/{name}", { params: { path: { name: channel.id } }, body })),
  );
  const remove = useAlertChange(() =>
    told(api.DELETE("/api/v1/channels/{name}", { params: { path: { name: channel.id } } })),
  );
  const trial = useAlertChange(() =>
    told(
      api.POST("/api/v1/channels/{channel}/test", { params: { path: { channel: channel.id } } }),
    ),
  );
  return (
    <Card
      title={<span dir="auto">{channel.name}</span>}
      aside={<span className="text-sm text-quiet">{words.alerts.channelKinds[channel.kind]}</span>}
      className="h-full"
    >
      <p className={STATES[channel.state] ?? "text-quiet"}>
        {words.alerts.channelStates[channel.state as "ready"] ?? channel.state}
      </p>
      <p className="mt-1 text-sm text-quiet">
        {words.alerts.leaves(channel.leaves.name ?? false, channel.leaves.picture ?? false)}
      </p>
      {trial.data && (
        <p
          role="status"
          className={`mt-2 font-semibold ${trial.data.taken ? "text-good" : "text-warn"}`}
        >
          {trial.data.taken ? words.alerts.taken : words.alerts.notTaken} {trial.data.answer}
        </p>
      )}
      {may("admin") && (
        <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1">
          <Button look="plain" busy={trial.isPending} onClick={() => trial.mutate(undefined)}>
            {words.alerts.test}
          </Button>
          <CheckBox
            label={words.alerts.enabled}
            checked={channel.enabled}
            onChange={(event) => change.mutate({ enabled: event.target.checked })}
          />
          <RemovalButton
            of="channel"
            name={channel.name}
            onConfirm={() => remove.mutateAsync(undefined)}
          />
        </div>
      )}
    </Card>
  );
}

function AddChannel() {
  const words = useWords();
  const [kind, setKind] = useState<Kind>("webhook");
  const add = useAlertChange(
    (body: Schemas["ChannelBody"]) => told(api.POST("/api/v1/channels", { body })),
    { inForm: true },
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const settings: Record<Kind, Record<string, unknown>> = {
      webhook: { url: text("url"), secret: text("secret") },
      apprise: { url: text("url") },
      file: {},
      webpush: { subject: text("subject") },
      email: {
        host: text("host"),
        sender: text("sender"),
        recipients: text("recipients")
          .split(/[\s,;]+/)
          .filter(Boolean),
        user: text("user"),
        password: text("password"),
      },
    };
    add.mutate(
      {
        name: text("name"),
        kind,
        enabled: true,
        settings: settings[kind],
        leaves: { name: form.has("leave_name"), picture: form.has("leave_picture") },
      },
      { onSuccess: () => element.reset() },
    );
  };
  return (
    <Card title={words.alerts.addChannel}>
      <form onSubmit={send} className="space-y-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField label={words.name} name="name" maxLength={100} required />
          <SelectField
            label={words.alerts.channelKind}
            value={kind}
            onChange={(event) => setKind(event.target.value as Kind)}
          >
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {words.alerts.channelKinds[one]}
              </option>
            ))}
          </SelectField>
          {(kind === "webhook" || kind === "apprise") && (
            <TextField
              label={words.alerts.url}
              name="url"
              autoCapitalize="none"
              spellCheck={false}
              required
            />
          )}
          {kind === "webhook" && (
            <TextField
              label={words.alerts.secret}
              hint={words.alerts.secretHint}
              name="secret"
              type="password"
              autoComplete="new-password"
            />
          )}
          {kind === "webpush" && (
            <TextField
              label={words.alerts.subject}
              hint={words.alerts.subjectHint}
              name="subject"
              placeholder="mailto:you@example.org"
              autoCapitalize="none"
              spellCheck={false}
              required
            />
          )}
          {kind === "email" && (
            <>
              <TextField label={words.alerts.host} name="host" required />
              <TextField label={words.alerts.sender} name="sender" type="email" required />
              <TextField label={words.alerts.recipients} name="recipients" required />
              <TextField label={words.signIn.username} name="user" autoComplete="off" />
              <TextField
                label={words.signIn.password}
                name="password"
                type="password"
                autoComplete="new-password"
              />
            </>
          )}
        </div>
        <div className="flex flex-wrap gap-x-5">
          <CheckBox name="leave_name" label={words.alerts.leaveName} />
          <CheckBox name="leave_picture" label={words.alerts.leavePicture} />
        </div>
        {add.isError && <FailureNotice error={add.error} />}
        <Button type="submit" busy={add.isPending}>
          {words.add}
        </Button>
      </form>
    </Card>
  );
}
