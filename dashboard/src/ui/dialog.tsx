import { type ReactNode, useEffect, useId, useRef } from "react";
import { useWords } from "../words";
import { Button } from "./button";
import { Icon } from "./icon";
import { rise } from "./top-dialog";

interface Props {
  title: ReactNode;
  onClose(): void;
  children: ReactNode;
  wide?: boolean;
}

/** A modal dialog: the browser's own keeps the focus inside and closes on Escape. */
export function Dialog({ title, onClose, children, wide = false }: Props) {
  const words = useWords();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    if (!shown) return;
    shown.showModal();
    const sink = rise(shown);
    return () => {
      shown.close();
      sink();
      // what has opened it may be gone with what was done
      const there = before?.isConnected && before !== document.body;
      const lost = document.activeElement === document.body;
      const next = there ? before : lost ? document.querySelector("main h1") : null;
      if (next instanceof HTMLElement) next.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        // a field for files, and a dialog above this one, tell of theirs in the same way
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        onClose();
      }}
      className={`m-auto max-h-[calc(100dvh-1.5rem)] w-[calc(100vw-1.5rem)] overflow-y-auto rounded-card border border-line bg-card p-4 text-ink ${wide ? "max-w-4xl" : "max-w-lg"}`}
    >
      <div className="mb-3 flex items-start justify-between gap-3">
        <h2 id={id} dir="auto" className="m-0 min-w-0 pt-1.5 text-lg font-semibold">
          {title}
        </h2>
        <button
          type="button"
          aria-label={words.close}
          onClick={onClose}
          className="-me-2 -mt-1 grid size-11 shrink-0 place-items-center rounded-control text-quiet hover:bg-line/50 hover:text-ink"
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  title: ReactNode;
  action: string;
  busy?: boolean;
  danger?: boolean;
  onConfirm(): void;
  onClose(): void;
  children: ReactNode;
}

export function Confirm({
  title,
  action,
  busy,
  danger,
  onConfirm,
  onClose,
  children,
}: ConfirmProps) {
  const words = useWords();
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="space-y-2">{children}</div>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          {words.cancel}
        </Button>
        <Button look={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
