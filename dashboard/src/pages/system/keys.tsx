import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useContext, useState } from "react";
import { api, type Schemas, told } from "../../api/client";
import { MeContext } from "../../me";
import { Button } from "../../ui/button";
import { Card } from "../../ui/card";
import { CheckBox, TextField } from "../../ui/field";
import { FailureNotice, Loading } from "../../ui/notice";
import { Table } from "../../ui/table";
import { fullMoment } from "../../ui/times";
import { useToasts } from "../../ui/toasts";
import { useWords } from "../../words";

type NewKey = Schemas["NewKey"];

export function Keys() {
  const words = useWords();
  const client = useQueryClient();
  const { tellFailure } = useToasts();
  const { data, error } = useQuery({
    queryKey: ["keys"],
    queryFn: () => told(api.GET("/api/v1/keys")),
  });
  const revoke = useMutation({
    mutationFn: (key: string) =>
      told(api.DELETE("/api/v1/keys/{key}", { params: { path: { key } } })),
    onError: tellFailure,
    onSettled: () => client.invalidateQueries({ queryKey: ["keys"] }),
  });
  return (
    <div className="grid gap-4">
      {error && <FailureNotice error={error} />}
      {!data && !error && <Loading />}
      {data && data.length > 0 && (
        <Card title={words.system.tabs.keys}>
          <Table
            label={words.system.tabs.keys}
            rows={data}
            keyOf={(key) => key.id}
            columns={[
              { head: words.keys.name, cell: (key) => key.name },
              { head: words.keys.rights, cell: (key) => key.rights.join(", ") },
              {
                head: words.keys.lastUsed,
                cell: (key) => (key.last_used_at ? fullMoment(words, key.last_used_at) : "–"),
              },
              {
                head: words.users.actions,
                end: true,
                cell: (key) =>
                  key.revoked_at ? (
                    words.keys.revoked
                  ) : (
                    <Button look="danger" onClick={() => revoke.mutate(key.id)}>
                      {words.keys.revoke}
                    </Button>
                  ),
              },
            ]}
          />
        </Card>
      )}
      <AddKey />
    </div>
  );
}

function AddKey() {
  const words = useWords();
  const me = useContext(MeContext);
  const client = useQueryClient();
  const { tellFailure } = useToasts();
  const [made, setMade] = useState<string | null>(null);
  const add = useMutation({
    mutationFn: (body: NewKey) => told(api.POST("/api/v1/keys", { body })),
    onError: tellFailure,
    onSuccess: ({ key }) => setMade(key),
    onSettled: () => client.invalidateQueries({ queryKey: ["keys"] }),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    add.mutate({
      name: String(form.get("name")),
      rights: form.getAll("rights") as NewKey["rights"],
    });
  };
  return (
    <Card title={words.keys.add}>
      <form onSubmit={send} className="space-y-3">
        <TextField
          label={words.keys.name}
          name="name"
          maxLength={100}
          autoComplete="off"
          required
          className="max-w-md"
        />
        <fieldset className="m-0 border-0 p-0">
          <legend className="p-0 text-sm text-quiet">{words.keys.rights}</legend>
          <div className="flex flex-wrap gap-x-5">
            {me?.rights.map((right) => (
              <CheckBox key={right} name="rights" value={right} label={right} />
            ))}
          </div>
        </fieldset>
        <Button type="submit" busy={add.isPending}>
          {words.keys.addAction}
        </Button>
      </form>
      {made && (
        <div role="status" className="mt-4 rounded-control border border-good p-3">
          <p className="font-semibold">{words.keys.once}</p>
          <code className="mt-1 block break-all">{made}</code>
        </div>
      )}
    </Card>
  );
}
