import { type FormEvent, useState } from "react";
import type { Schemas } from "../../../api/client";
import { Button } from "../../../ui/button";
import { Card } from "../../../ui/card";
import { save } from "../../../ui/download";
import { TextField } from "../../../ui/field";
import { RemovalButton } from "../../../ui/removal-button";
import { Table } from "../../../ui/table";
import { fullMoment } from "../../../ui/times";
import { useToasts } from "../../../ui/toasts";
import { useWords } from "../../../words";
import { invite, type Member, removeMember, useFederationChange } from "./queries";

export function Members({ coordinator }: { coordinator: Schemas["CoordinatorOut"] }) {
  const words = useWords();
  const { federation } = words;
  const { tell } = useToasts();
  const remove = useFederationChange(async (member: Member) => {
    await removeMember(member.id);
    tell(federation.removed(member.name));
  });
  return (
    <Card title={federation.coordinator}>
      <p className="text-quiet">
        {federation.coordinatorAt(coordinator.address)}{" "}
        {coordinator.serving ? (
          federation.serving
        ) : (
          <>
            {federation.notServing} <code>lookout federated serve</code>
          </>
        )}
      </p>
      {coordinator.members.length === 0 ? (
        <p className="mt-3">{federation.noMembers}</p>
      ) : (
        <div className="mt-3">
          <Table
            label={federation.coordinator}
            rows={coordinator.members}
            keyOf={(member) => member.id}
            columns={[
              { head: federation.member, cell: (member) => member.name },
              { head: federation.joined, cell: (member) => fullMoment(words, member.joined_at) },
              {
                head: words.users.actions,
                end: true,
                cell: (member) =>
                  member.left_at !== null ? (
                    <span className="text-quiet">
                      {federation.left(fullMoment(words, member.left_at))}
                    </span>
                  ) : (
                    <RemovalButton
                      of="site"
                      name={member.name}
                      look="danger"
                      onConfirm={() => remove.mutateAsync(member)}
                    />
                  ),
              },
            ]}
          />
        </div>
      )}
    </Card>
  );
}

export function Invite() {
  const { federation } = useWords();
  const [made, setMade] = useState<{ content: Blob; file: string } | null>(null);
  const make = useFederationChange(invite);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const name = String(new FormData(element).get("name")).trim();
    make.mutate(name, {
      onSuccess: (invitation) => {
        const content = new Blob([JSON.stringify(invitation, null, 1)], {
          type: "application/json",
        });
        const file = `${name}.invitation`;
        save(content, file);
        setMade({ content, file });
        element.reset();
      },
    });
  };
  return (
    <Card title={federation.invite}>
      <p className="mb-3 text-quiet">
        {federation.inviteHow} <code>lookout federated join</code>
      </p>
      <form onSubmit={send} className="flex flex-wrap items-end gap-3">
        <TextField
          label={federation.siteName}
          name="name"
          maxLength={200}
          autoComplete="off"
          required
          className="w-full max-w-md"
        />
        <Button type="submit" busy={make.isPending}>
          {federation.inviteAction}
        </Button>
      </form>
      {made && (
        <div
          role="status"
          className="mt-4 flex flex-wrap items-center justify-between gap-3 rounded-control border border-good p-3"
        >
          <span dir="auto" className="min-w-0 break-words">
            {federation.invited(made.file)}
          </span>
          <Button look="plain" onClick={() => save(made.content, made.file)}>
            {federation.saveAgain}
          </Button>
        </div>
      )}
    </Card>
  );
}
