import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { api, told } from "./api/client";
import { browserName, keptChoice, obstacle, ownSubscription, subscribe, unsubscribe } from "./push";
import { Button } from "./ui/button";
import { SelectField, TextField } from "./ui/field";
import { FailureNotice, Loading } from "./ui/notice";
import { moment } from "./ui/times";
import { useWords } from "./words";

/** Whether this browser shows alerts, and which others of the user do. */
export default function PushSwitch() {
  const words = useWords();
  const { data, error } = useQuery({ queryKey: ["push"], queryFn: ask });
  return (
    <>
      <p className="text-sm text-quiet">{words.push.how}</p>
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      {data && <Here state={data} />}
      {data && data.browsers.length > 0 && <Browsers state={data} />}
    </>
  );
}

type State = Awaited<ReturnType<typeof ask>>;

async function ask() {
  const [offer, browsers, own] = await Promise.all([
    told(api.GET("/api/v1/push")),
    told(api.GET("/api/v1/push/subscriptions")),
    ownSubscription(),
  ]);
  const kept = own && keptChoice();
  const here = browsers.items.find((one) => one.id === kept?.id)?.id ?? null;
  return { offer, browsers: browsers.items, here };
}

function usePushChange<Given>(change: (given: Given) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ["push"] }),
  });
}

function forget(browser: string) {
  return told(
    api.DELETE("/api/v1/push/subscriptions/{subscription}", {
      params: { path: { subscription: browser } },
    }),
  );
}

function Here({ state: { offer, here } }: { state: State }) {
  const words = useWords();
  const off = usePushChange(async (browser: string) => {
    await unsubscribe();
    await forget(browser);
  });
  if (here) {
    return (
      <div className="mt-2 flex flex-wrap items-center gap-3">
        <p className="text-good">{words.push.isOn}</p>
        <Button look="plain" busy={off.isPending} onClick={() => off.mutate(here)}>
          {words.push.off}
        </Button>
        {off.isError && <FailureNotice error={off.error} />}
      </div>
    );
  }
  const why = offer.public_key === null ? "missing" : offer.channels.length ? null : "noChannel";
  const hindered = why ?? obstacle();
  if (hindered) return <p className="mt-2 text-sm">{words.push[hindered]}</p>;
  return <Ask offer={offer} />;
}

function Ask({ offer }: { offer: State["offer"] }) {
  const words = useWords();
  const on = usePushChange(({ channel, name }: { channel: string; name: string }) =>
    subscribe(offer.public_key ?? "", channel, name),
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const channel = String(form.get("channel") ?? offer.channels[0]?.id ?? "");
    on.mutate({ channel, name: String(form.get("name")) });
  };
  return (
    <form onSubmit={send} className="mt-2 space-y-3">
      <p className="text-sm">{offer.words}</p>
      {offer.channels.length > 1 && (
        <SelectField label={words.push.channel} name="channel">
          {offer.channels.map((channel) => (
            <option key={channel.id} value={channel.id}>
              {channel.name}
            </option>
          ))}
        </SelectField>
      )}
      <TextField
        label={words.push.name}
        name="name"
        defaultValue={browserName(navigator.userAgent)}
        maxLength={100}
        required
      />
      {on.isError && <Refusal error={on.error} />}
      <Button type="submit" look="plain" busy={on.isPending}>
        {words.push.on}
      </Button>
    </form>
  );
}

/** What the server says, or what the browser does. */
function Refusal({ error }: { error: unknown }) {
  const words = useWords();
  if (!(error instanceof DOMException)) return <FailureNotice error={error} />;
  const denied = error.name === "NotAllowedError";
  return (
    <p role="alert" className="text-warn">
      {denied ? words.push.denied : error.message}
    </p>
  );
}

function Browsers({ state: { browsers, here } }: { state: State }) {
  const words = useWords();
  const remove = usePushChange(async (browser: string) => {
    if (browser === here) await unsubscribe();
    await forget(browser);
  });
  return (
    <>
      <h4 className="mt-4 mb-0 text-sm text-quiet">{words.push.yours}</h4>
      <ul className="m-0 list-none divide-y divide-line p-0">
        {browsers.map((browser) => (
          <li key={browser.id} className="flex items-center justify-between gap-2">
            <span className="min-w-0">
              <span dir="auto" className="font-semibold">
                {browser.name}
              </span>
              {browser.id === here && ` (${words.push.this})`}
              <span className="block truncate text-sm text-quiet">
                {words.push.since(moment(words, browser.created))} · {browser.service}
              </span>
            </span>
            <Button
              look="quiet"
              aria-label={words.push.remove(browser.name)}
              busy={remove.isPending}
              onClick={() => remove.mutate(browser.id)}
            >
              ×
            </Button>
          </li>
        ))}
      </ul>
      {remove.isError && <FailureNotice error={remove.error} />}
    </>
  );
}
