import { type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { AccountMenu } from "./account";
import type { Me, Right } from "./api/session";
import { useEventHints } from "./live/events";
import { useReachable } from "./live/reach";
import { useMay } from "./me";
import { PAGES, type PageName, pageOf, prefetch, standingAt } from "./pages";
import { renewSubscription } from "./push";
import { href, usePlace } from "./route";
import { Dialog } from "./ui/dialog";
import { Failsafe } from "./ui/failsafe";
import { Icon, type IconName } from "./ui/icon";
import { Loading, Nothing } from "./ui/notice";
import { useWords } from "./words";

interface Entry {
  name: Exclude<PageName, "welcome">;
  icon: IconName;
  right: Right;
}

const ENTRIES: readonly Entry[] = [
  { name: "now", icon: "now", right: "cameras:read" },
  { name: "people", icon: "people", right: "people:read" },
  { name: "unknown", icon: "unknown", right: "sightings:read" },
  { name: "sightings", icon: "sightings", right: "sightings:read" },
  { name: "alerts", icon: "alerts", right: "sightings:read" },
  { name: "search", icon: "search", right: "recognize" },
  { name: "map", icon: "map", right: "cameras:read" },
  { name: "cameras", icon: "cameras", right: "cameras:read" },
  { name: "system", icon: "system", right: "cameras:read" },
];
const ON_THE_PHONE = 4;

export function Shell({ me }: { me: Me }) {
  const words = useWords();
  const may = useMay();
  useEventHints();
  const reachable = useReachable();
  const place = usePlace();
  const page = pageOf(place);
  const entries = ENTRIES.filter((entry) => may(entry.right));
  const [more, setMore] = useState(false);
  const main = useRef<HTMLElement>(null);
  const address = place.path.join("/");

  useEffect(() => {
    // it is tried anew when the page is opened next
    renewSubscription().catch(() => undefined);
  }, []);
  useEffect(() => {
    const name = page ? words.nav[page] : words.notFound.title;
    document.title = `${name} · Lookout`;
  }, [page, words]);
  const arrive = useCallback(() => {
    setMore(false);
    main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);

  const Page = page ? PAGES[page] : null;
  return (
    <div className="md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="sr-only focus:not-sr-only focus:fixed focus:start-3 focus:top-3 focus:z-40 focus:rounded-control focus:bg-accent focus:px-4 focus:py-2 focus:text-on-accent"
      >
        {words.skip}
      </button>
      <Sidebar entries={entries} page={page} me={me} />
      <main
        ref={main}
        tabIndex={-1}
        className="mx-auto w-full max-w-7xl px-3 pt-4 pb-24 outline-none md:px-6 md:pb-8"
      >
        {!reachable && (
          <p
            role="alert"
            className="mb-4 rounded-card border border-warn bg-warn-ground p-3 font-semibold"
          >
            {words.failure.waiting}
          </p>
        )}
        <Failsafe place={address}>
          <Suspense fallback={<Loading />}>
            {Page ? (
              <Page place={place} />
            ) : (
              <Nothing title={words.notFound.title}>{words.notFound.why}</Nothing>
            )}
            <Arrival at={standingAt(place)} onArrive={arrive} />
          </Suspense>
        </Failsafe>
      </main>
      <PhoneBar entries={entries} page={page} onMore={() => setMore(true)} />
      {more && (
        <Dialog title={words.nav.more} onClose={() => setMore(false)}>
          <ul className="m-0 list-none space-y-1 p-0">
            {entries.slice(ON_THE_PHONE).map((entry) => (
              <li key={entry.name}>
                <NavLink entry={entry} current={entry.name === page} onGo={() => setMore(false)} />
              </li>
            ))}
          </ul>
          <hr className="my-3 border-line" />
          <AccountMenu me={me} />
        </Dialog>
      )}
    </div>
  );
}

/** Beside a page, which may have to be loaded: tells when another page than before stands there. */
function Arrival({ at, onArrive }: { at: string; onArrive(): void }) {
  const last = useRef(at);
  useEffect(() => {
    if (last.current === at) return;
    last.current = at;
    onArrive();
  }, [at, onArrive]);
  return null;
}

function Sidebar({
  entries,
  page,
  me,
}: {
  entries: readonly Entry[];
  page: PageName | null;
  me: Me;
}) {
  const words = useWords();
  return (
    <header className="sticky top-0 hidden h-dvh flex-col border-e border-line bg-card p-3 md:flex">
      <p className="mb-4 flex items-center gap-2 px-2 pt-1 text-lg font-semibold tracking-tight">
        <img src="./icon.svg" alt="" width={28} height={28} />
        Lookout
      </p>
      <nav aria-label={words.nav.label} className="grow overflow-y-auto">
        <ul className="m-0 list-none space-y-0.5 p-0">
          {entries.map((entry) => (
            <li key={entry.name}>
              <NavLink entry={entry} current={entry.name === page} />
            </li>
          ))}
        </ul>
      </nav>
      <AccountMenu me={me} />
    </header>
  );
}

function NavLink({ entry, current, onGo }: { entry: Entry; current: boolean; onGo?: () => void }) {
  const words = useWords();
  return (
    <a
      href={href([entry.name])}
      aria-current={current ? "page" : undefined}
      onClick={onGo}
      onPointerEnter={() => prefetch(entry.name)}
      onFocus={() => prefetch(entry.name)}
      className={`flex min-h-11 items-center gap-3 rounded-control px-2 no-underline ${
        current ? "bg-accent/12 font-semibold text-accent" : "text-ink hover:bg-line/50"
      }`}
    >
      <Icon name={entry.icon} />
      {words.nav[entry.name]}
    </a>
  );
}

function PhoneBar({
  entries,
  page,
  onMore,
}: {
  entries: readonly Entry[];
  page: PageName | null;
  onMore(): void;
}) {
  const words = useWords();
  const shown = entries.slice(0, ON_THE_PHONE);
  const elsewhere = page !== null && !shown.some((entry) => entry.name === page);
  return (
    <nav
      aria-label={words.nav.label}
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-card pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="m-0 grid list-none auto-cols-fr grid-flow-col p-0">
        {shown.map((entry) => (
          <li key={entry.name}>
            <a
              href={href([entry.name])}
              aria-current={entry.name === page ? "page" : undefined}
              className={`no-underline ${TAB} ${entry.name === page ? "font-semibold text-accent" : "text-quiet"}`}
            >
              <TabFace icon={entry.icon}>{words.nav[entry.name]}</TabFace>
            </a>
          </li>
        ))}
        <li>
          <button
            type="button"
            onClick={onMore}
            className={`w-full ${TAB} ${elsewhere ? "font-semibold text-accent" : "text-quiet"}`}
          >
            <TabFace icon="more">{words.nav.more}</TabFace>
          </button>
        </li>
      </ul>
    </nav>
  );
}

const TAB = "grid min-h-14 place-items-center content-center px-px text-xs tracking-tight";

function TabFace({ icon, children }: { icon: IconName; children: ReactNode }) {
  return (
    <>
      <Icon name={icon} />
      <span className="max-w-full truncate">{children}</span>
    </>
  );
}
