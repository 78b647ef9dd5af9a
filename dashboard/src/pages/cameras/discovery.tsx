import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, told } from "../../api/client";
import { Button } from "../../ui/button";
import { Disclosure } from "../../ui/disclosure";
import { TextField } from "../../ui/field";
import { FailureNotice } from "../../ui/notice";
import { useWords } from "../../words";
import type { Given } from "./form";

type Found = Schemas["DiscoveredCamera"];

/** Asks the network for its ONVIF cameras, and each that answers for its streams. */
export function Discovery({ onChoose }: { onChoose(found: Partial<Given>): void }) {
  const words = useWords();
  const [login, setLogin] = useState({ user: "", password: "" });
  const [host, setHost] = useState("");
  const ask = useMutation({
    mutationFn: () =>
      told(
        api.POST("/api/v1/cameras/discover", {
          body: { ...login, interfaces: [], hosts: host.split(/[\s,]+/).filter(Boolean) },
        }),
      ),
  });
  const choose = (found: Found) =>
    onChoose({
      ...login,
      name: found.name || found.host,
      address: found.address || found.service,
      sub_address: found.sub_address,
    });
  return (
    <Disclosure
      title={words.cameras.discover}
      className="mb-4 rounded-control border border-line px-3"
    >
      <form
        className="space-y-3 pb-3"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <p className="text-sm text-quiet">{words.cameras.discoverHow}</p>
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label={words.cameras.user}
            autoComplete="off"
            value={login.user}
            onChange={(event) => setLogin({ ...login, user: event.target.value })}
          />
          <TextField
            label={words.signIn.password}
            type="password"
            autoComplete="new-password"
            value={login.password}
            onChange={(event) => setLogin({ ...login, password: event.target.value })}
          />
        </div>
        <TextField
          label={words.cameras.hosts}
          hint={words.cameras.hostsHint}
          value={host}
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setHost(event.target.value)}
        />
        <Button type="submit" look="plain" busy={ask.isPending}>
          {words.cameras.ask}
        </Button>
        {ask.isError && <FailureNotice error={ask.error} />}
        <div aria-live="polite">
          {ask.data && (
            <p className="text-sm text-quiet">
              {words.cameras.answered(
                ask.data.found.length,
                ask.data.tried.map((one) => one.where).join(", "),
              )}
            </p>
          )}
          <ul className="m-0 list-none space-y-2 p-0">
            {ask.data?.found.map((found) => (
              <li
                key={found.service}
                className="flex flex-wrap items-center justify-between gap-2 rounded-control border border-line px-3 py-1"
              >
                <span className="min-w-0">
                  <span dir="auto" className="font-semibold">
                    {found.name || found.host}
                  </span>{" "}
                  <span className="text-sm text-quiet">
                    {found.hardware} {found.host}
                  </span>
                  {found.why && <span className="block text-sm text-warn">{found.why}</span>}
                </span>
                <Button look="plain" onClick={() => choose(found)}>
                  {words.cameras.take}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      </form>
    </Disclosure>
  );
}
