import type { ReactNode } from "react";

interface Props {
  title?: ReactNode;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Card({ title, aside, className = "", children }: Props) {
  return (
    <section className={`rounded-card border border-line bg-card p-4 shadow-card ${className}`}>
      {title !== undefined && (
        <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <h2 className="m-0 text-base font-semibold">{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

interface PageProps {
  title: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** The head of a page and what is on it. The heading takes the focus when the page is opened. */
export function PageFrame({ title, actions, children }: PageProps) {
  return (
    <>
      <header className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <h1
          tabIndex={-1}
          dir="auto"
          className="m-0 min-w-0 text-2xl font-semibold tracking-tight outline-none"
        >
          {title}
        </h1>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </>
  );
}
