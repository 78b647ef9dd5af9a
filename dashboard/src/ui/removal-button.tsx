import { type ReactNode, useState } from "react";
import { useWords, type Words } from "../words";
import { Button, type Look } from "./button";
import { Confirm } from "./dialog";

/** What can be taken away, and by which word. */
const VERBS = {
  rule: "delete",
  list: "delete",
  channel: "delete",
  plan: "delete",
  zone: "delete",
  fence: "delete",
  mask: "delete",
  photograph: "delete",
  sighting: "delete",
  user: "delete",
  file: "delete",
  camera: "remove",
  site: "remove",
  key: "revoke",
  person: "forget",
} as const satisfies Record<keyof Words["removal"]["of"], keyof Words["removal"]["verbs"]>;

interface Props {
  of: keyof typeof VERBS;
  /** What it is called; of what has no name, nothing. */
  name?: string;
  /** Of the button, where the word alone does not say what is meant. */
  label?: string;
  look?: Look;
  /** What else is to be known before it is done. */
  children?: ReactNode;
  /** Takes it away; what goes wrong is told by whoever does it. */
  onConfirm(): Promise<unknown>;
}

/** Takes something away for good, after a question that names it and says what follows. */
export function RemovalButton({
  of,
  name = "",
  label,
  look = "quiet",
  children,
  onConfirm,
}: Props) {
  const { removal } = useWords();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const verb = removal.verbs[VERBS[of]];
  const { what, effect } = removal.of[of];
  const confirm = async () => {
    setBusy(true);
    await onConfirm().catch(() => undefined);
    setBusy(false);
    setAsking(false);
  };
  return (
    <>
      <Button look={look} onClick={() => setAsking(true)}>
        {label ?? verb.action}
      </Button>
      {asking && (
        <Confirm
          title={verb.title(what(name))}
          action={verb.action}
          danger
          busy={busy}
          onClose={() => setAsking(false)}
          onConfirm={() => void confirm()}
        >
          {children}
          <p>{effect}</p>
        </Confirm>
      )}
    </>
  );
}
