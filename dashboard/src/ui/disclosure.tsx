import { type ReactNode, useState } from "react";
import { Icon } from "./icon";

interface Props {
  title: ReactNode;
  className?: string;
  children: ReactNode;
}

/** What is opened by its title; what is inside exists, and asks the server, only while it is open. */
export function Disclosure({ title, className = "", children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <details
      className={`group/disclosure ${className}`}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="flex min-h-11 items-center gap-1.5 font-semibold text-accent">
        <Icon
          name="chevron"
          className="size-4 group-open/disclosure:rotate-90 rtl:-scale-x-100 rtl:group-open/disclosure:-rotate-90"
        />
        {title}
      </summary>
      {open && children}
    </details>
  );
}
