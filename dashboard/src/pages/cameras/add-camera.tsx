import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, type Schemas, told } from "../../api/client";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { FailureNotice } from "../../ui/notice";
import { useWords } from "../../words";
import { Discovery } from "./discovery";
import { EdgeCommand } from "./edge-command";
import { CameraFields, type Given, NOTHING, Verdict } from "./form";
import { useCameraChange } from "./queries";

/** Enters a camera: found in the network, or by its address; looked at before it is kept. */
export function AddCamera({ onClose }: { onClose(): void }) {
  const words = useWords();
  const [given, setGiven] = useState<Given>(NOTHING);
  const change = (more: Partial<Given>) => setGiven((before) => ({ ...before, ...more }));
  const add = useCameraChange(
    (body: Given) => told(api.POST("/api/v1/cameras", { body: body as Schemas["NewCamera"] })),
    { inForm: true },
  );
  const look = useMutation({
    mutationFn: ({ name: _, ...body }: Given) => told(api.POST("/api/v1/cameras/test", { body })),
  });
  return (
    <Dialog title={words.cameras.add} onClose={onClose}>
      <Discovery
        onChoose={(found) => {
          change(found);
          look.reset();
          if (found.address) look.mutate({ ...given, ...found });
        }}
      />
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(given, { onSuccess: onClose });
        }}
      >
        <CameraFields given={given} onChange={change} />
        {add.isError && <FailureNotice error={add.error} />}
        {look.isError && <FailureNotice error={look.error} />}
        {look.data && <Verdict verdict={look.data} />}
        <div className="flex flex-wrap gap-2">
          <Button
            look="plain"
            busy={look.isPending}
            disabled={!given.address}
            onClick={() => look.mutate(given)}
          >
            {words.cameras.test}
          </Button>
          <Button type="submit" busy={add.isPending}>
            {words.add}
          </Button>
        </div>
      </form>
      <p className="mt-4 border-t border-line pt-3 text-sm text-quiet">{words.cameras.how}</p>
      <EdgeCommand />
    </Dialog>
  );
}
