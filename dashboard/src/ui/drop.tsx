import { type ReactNode, useState } from "react";
import { useWords } from "../words";
import { FileButton } from "./button";
import { Icon } from "./icon";

export const PICTURES = "image/*,.heic,.heif,.avif";

interface Props {
  label: string;
  multiple?: boolean;
  busy?: boolean;
  children?: ReactNode;
  onFiles(files: File[]): void;
}

/** A place to drop pictures on, and a button that does the same. */
export function DropZone({ label, multiple = false, busy = false, children, onFiles }: Props) {
  const words = useWords();
  const [over, setOver] = useState(false);
  const take = (files: File[]) => {
    const some = multiple ? files : files.slice(0, 1);
    if (some.length && !busy) onFiles(some);
  };
  return (
    <section
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take([...event.dataTransfer.files]);
      }}
      className={`rounded-card border-2 border-dashed p-5 text-center ${over ? "border-accent bg-accent/10" : "border-line"}`}
    >
      <Icon name="upload" className="mx-auto size-7 text-quiet" />
      <p className="my-2">{label}</p>
      {children}
      <FileButton
        label={busy ? words.working : multiple ? words.choosePictures : words.choosePicture}
        accept={PICTURES}
        multiple={multiple}
        disabled={busy}
        onFiles={take}
      />
    </section>
  );
}
