import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { api, type Schemas, told } from "../api/client";
import { type Camera, useCameras } from "../api/queries";
import { useMay } from "../me";
import { href } from "../route";
import { ConditionBadge } from "../ui/badge";
import { Button, LinkButton } from "../ui/button";
import { Card, PageFrame } from "../ui/card";
import { Confirm, Dialog } from "../ui/dialog";
import { TextField } from "../ui/field";
import { FailureNotice, Loading, Nothing } from "../ui/notice";
import { ago, useNow } from "../ui/times";
import { useWords } from "../words";

function useCameraChange<Given>(change: (given: Given) => Promise<unknown>, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: ["cameras"] }),
  });
}

export default function Cameras() {
  const words = useWords();
  const may = useMay();
  const { data, error, refetch } = useCameras();
  const [adding, setAdding] = useState(false);
  return (
    <PageFrame
      title={words.nav.cameras}
      actions={may("admin") && <Button onClick={() => setAdding(true)}>{words.cameras.add}</Button>}
    >
      {error && <FailureNotice error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && (
        <Nothing title={words.cameras.none}>
          <p>{words.cameras.how}</p>
          <EdgeCommand />
        </Nothing>
      )}
      <ul className="m-0 grid list-none gap-4 p-0 sm:grid-cols-2 xl:grid-cols-3">
        {data?.map((camera) => (
          <li key={camera.id}>
            <CameraCard camera={camera} />
          </li>
        ))}
      </ul>
      {adding && <AddCamera onClose={() => setAdding(false)} />}
    </PageFrame>
  );
}

/** What starts an edge that sends to this server. */
export function EdgeCommand() {
  return (
    <code className="mt-3 block rounded-control border border-line bg-card p-3 text-start text-sm text-ink">
      lookout edge --serverIP {window.location.hostname || "localhost"}
    </code>
  );
}

function CameraCard({ camera }: { camera: Camera }) {
  const words = useWords();
  const may = useMay();
  const now = useNow();
  const [asking, setAsking] = useState<"rename" | "remove" | null>(null);
  const close = () => setAsking(null);
  const change = useCameraChange(
    (body: { name?: string; enabled?: boolean }) =>
      told(
        api.PATCH("/api/v1/cameras/{camera}", { params: { path: { camera: camera.id } }, body }),
      ),
    close,
  );
  const remove = useCameraChange(
    () => told(api.DELETE("/api/v1/cameras/{camera}", { params: { path: { camera: camera.id } } })),
    close,
  );
  return (
    <Card
      title={<span dir="auto">{camera.name}</span>}
      aside={<ConditionBadge condition={camera.condition} />}
      className="h-full"
    >
      {camera.why && <p className="mb-3 text-sm text-warn">{camera.why}</p>}
      <dl className="m-0 grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
        <Figure label={words.cameras.lastFrame}>
          {camera.last_frame_at === null
            ? words.person.never
            : ago(words, camera.last_frame_at, now)}
        </Figure>
        <Figure label={words.cameras.rate}>
          {camera.fps === null ? "–" : `${camera.fps.toFixed(camera.fps < 10 ? 1 : 0)}/s`}
        </Figure>
        <Figure label={words.cameras.latency}>
          {camera.latency_ms === null ? "–" : `${Math.round(camera.latency_ms)} ms`}
        </Figure>
        <Figure label={words.cameras.size}>
          {camera.width === null ? "–" : `${camera.width} × ${camera.height}`}
        </Figure>
        <Figure label={words.cameras.kind}>{words.cameras.kinds[camera.kind]}</Figure>
        <Figure label={words.cameras.dropped}>{camera.dropped.toLocaleString(words.tag)}</Figure>
      </dl>
      {camera.address && <p className="mt-3 text-sm break-all text-quiet">{camera.address}</p>}
      <div className="mt-3 flex flex-wrap gap-1">
        <LinkButton href={href(["now", camera.id])}>{words.cameras.watch}</LinkButton>
        {may("admin") && (
          <>
            <Button look="quiet" onClick={() => setAsking("rename")}>
              {words.person.rename}
            </Button>
            {camera.kind !== "edge" && (
              <Button
                look="quiet"
                busy={change.isPending}
                onClick={() => change.mutate({ enabled: !camera.enabled })}
              >
                {camera.enabled ? words.cameras.off : words.cameras.on}
              </Button>
            )}
            <Button look="quiet" onClick={() => setAsking("remove")}>
              {words.cameras.remove}
            </Button>
          </>
        )}
      </div>
      {asking === "rename" && (
        <Dialog title={words.person.rename} onClose={close}>
          <form
            className="space-y-4"
            onSubmit={(event) => {
              event.preventDefault();
              change.mutate({ name: String(new FormData(event.currentTarget).get("name")) });
            }}
          >
            <TextField
              label={words.people.name}
              name="name"
              defaultValue={camera.name}
              maxLength={200}
              required
            />
            {change.isError && <FailureNotice error={change.error} />}
            <Button type="submit" busy={change.isPending}>
              {words.save}
            </Button>
          </form>
        </Dialog>
      )}
      {asking === "remove" && (
        <Confirm
          title={words.cameras.removeTitle(camera.name)}
          action={words.cameras.remove}
          danger
          busy={remove.isPending}
          onClose={close}
          onConfirm={() => remove.mutate(undefined)}
        >
          <p>{words.cameras.removeWhat}</p>
          {remove.isError && <FailureNotice error={remove.error} />}
        </Confirm>
      )}
    </Card>
  );
}

function AddCamera({ onClose }: { onClose(): void }) {
  const words = useWords();
  const add = useCameraChange(
    (body: Partial<Schemas["NewCamera"]> & { name: string; address: string }) =>
      told(api.POST("/api/v1/cameras", { body: body as Schemas["NewCamera"] })),
    onClose,
  );
  const form = useRef<HTMLFormElement>(null);
  const look = useMutation({
    mutationFn: ({ name: _, ...body }: ReturnType<typeof given>) =>
      told(api.POST("/api/v1/cameras/test", { body })),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate(given(event.currentTarget));
  };
  return (
    <Dialog title={words.cameras.add} onClose={onClose}>
      <form ref={form} onSubmit={send} className="space-y-3">
        <TextField label={words.people.name} name="name" maxLength={200} required />
        <TextField
          label={words.cameras.address}
          hint={words.cameras.addressHint}
          name="address"
          placeholder="rtsp://192.168.1.20/stream1"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField label={words.cameras.user} name="user" autoComplete="off" />
          <TextField
            label={words.signIn.password}
            name="password"
            type="password"
            autoComplete="new-password"
          />
        </div>
        <TextField
          label={words.cameras.sub}
          hint={words.cameras.subHint}
          name="sub_address"
          autoCapitalize="none"
          spellCheck={false}
        />
        {add.isError && <FailureNotice error={add.error} />}
        {look.isError && <FailureNotice error={look.error} />}
        {look.data && (
          <p
            role="status"
            className={`rounded-control border p-3 ${look.data.works ? "border-good" : "border-warn bg-warn-ground"}`}
          >
            {look.data.works
              ? words.cameras.works(look.data.width, look.data.height, Math.round(look.data.fps))
              : look.data.why}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button
            look="plain"
            busy={look.isPending}
            onClick={() => form.current && look.mutate(given(form.current))}
          >
            {words.cameras.test}
          </Button>
          <Button type="submit" busy={add.isPending}>
            {words.cameras.addAction}
          </Button>
        </div>
      </form>
      <p className="mt-4 border-t border-line pt-3 text-sm text-quiet">{words.cameras.how}</p>
      <EdgeCommand />
    </Dialog>
  );
}

/** What the form says of a camera. */
function given(form: HTMLFormElement) {
  const values = new FormData(form);
  const text = (name: string) => String(values.get(name) ?? "").trim();
  return {
    name: text("name"),
    address: text("address"),
    user: text("user"),
    password: text("password"),
    sub_address: text("sub_address"),
  };
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-quiet">{label}</dt>
      <dd className="tabular m-0 font-semibold">{children}</dd>
    </div>
  );
}
