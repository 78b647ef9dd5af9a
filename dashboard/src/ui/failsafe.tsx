import { Component, type ReactNode } from "react";
import { useWords } from "../words";
import { Button } from "./button";

const RELOADED = "lookout.reloaded";

/** A part of the page that fails alone, and says so. `place`: a new one is a new beginning. */
export class Failsafe extends Component<
  { place: string; children: ReactNode },
  { failed: Error | null; at: string }
> {
  override state: { failed: Error | null; at: string } = { failed: null, at: this.props.place };

  static getDerivedStateFromError(failed: Error) {
    return { failed };
  }

  static getDerivedStateFromProps(props: { place: string }, state: { at: string }) {
    return props.place === state.at ? null : { failed: null, at: props.place };
  }

  override render() {
    return this.state.failed ? <Failed error={this.state.failed} /> : this.props.children;
  }
}

function Failed({ error }: { error: Error }) {
  const words = useWords();
  return (
    <div role="alert" className="rounded-card border border-warn bg-warn-ground p-4">
      <p className="font-semibold">{words.failure.page}</p>
      <p className="mt-1 text-sm">{error.message}</p>
      <Button look="danger" className="mt-3" onClick={() => window.location.reload()}>
        {words.reload}
      </Button>
    </div>
  );
}

/**
 * After an update the running page may ask for a part that is no longer there: it is loaded anew,
 * once, and comes with the new version.
 */
export function reloadAfterUpdates(): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (Date.now() - last < 60_000) return;
    sessionStorage.setItem(RELOADED, String(Date.now()));
    event.preventDefault();
    window.location.reload();
  });
}
