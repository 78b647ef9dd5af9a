import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { createPortal } from "react-dom";
import { useWords } from "../words";
import { failureWords } from "./notice";
import { useTopDialog } from "./top-dialog";

const SHOWN_MS = 10_000;
const STEPS = 50;

interface Toast {
  id: number;
  words: string;
  undo?: () => void;
  bad: boolean;
}

interface Toasts {
  /** Tells what was done, and how it is taken back, for as long as it is shown. */
  tell(words: string, undo?: () => void): void;
  tellFailure(error: unknown): void;
  /**
   * For what the server cannot take back: tells that it is done, and does it once it is no longer
   * shown, or when the page is left. Until then it is taken back exactly, because nothing is done.
   */
  doLater(words: string, act: () => void, undo: () => void): void;
  /** Takes the latest step back, shown or not, then the one before it. */
  undoLatest(): void;
}

const Context = createContext<Toasts | null>(null);

export function useToasts(): Toasts {
  const toasts = useContext(Context);
  if (!toasts) throw new Error("useToasts is used outside of ToastProvider");
  return toasts;
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const words = useWords();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const shown = useRef<readonly Toast[]>([]);
  const steps = useRef<readonly Toast[]>([]);
  const next = useRef(0);
  const set = useCallback((change: (before: readonly Toast[]) => readonly Toast[]) => {
    shown.current = change(shown.current);
    setToasts(shown.current);
  }, []);
  const drop = useCallback(
    (id: number) => set((all) => all.filter((toast) => toast.id !== id)),
    [set],
  );
  const add = useCallback(
    (toast: Omit<Toast, "id">) => {
      const id = next.current++;
      set((all) => [...all.slice(-2), { ...toast, id }]);
      if (toast.undo) steps.current = [...steps.current.slice(1 - STEPS), { ...toast, id }];
      setTimeout(() => drop(id), SHOWN_MS);
    },
    [set, drop],
  );
  const takeBack = useCallback(
    (step: Toast) => {
      steps.current = steps.current.filter((one) => one.id !== step.id);
      drop(step.id);
      step.undo?.();
    },
    [drop],
  );
  const waiting = useRef(new Set<() => void>());
  const doLater = useCallback(
    (text: string, act: () => void, undo: () => void) => {
      const finish = () => {
        clearTimeout(timer);
        if (waiting.current.delete(finish)) act();
      };
      const timer = setTimeout(finish, SHOWN_MS);
      waiting.current.add(finish);
      add({
        words: text,
        bad: false,
        undo: () => {
          clearTimeout(timer);
          // after that it is done, and says so by having no undo
          if (waiting.current.delete(finish)) undo();
        },
      });
    },
    [add],
  );
  useEffect(() => {
    const finish = () => {
      for (const one of [...waiting.current]) one();
    };
    window.addEventListener("pagehide", finish);
    return () => {
      window.removeEventListener("pagehide", finish);
      finish();
    };
  }, []);
  const value = useMemo<Toasts>(
    () => ({
      doLater,
      tell: (text, undo) => add({ words: text, bad: false, ...(undo ? { undo } : {}) }),
      tellFailure: (error) => add({ words: failureWords(words, error), bad: true }),
      undoLatest: () => {
        const latest = steps.current.at(-1);
        if (latest) takeBack(latest);
      },
    }),
    [add, doLater, takeBack, words],
  );
  return (
    <Context.Provider value={value}>
      {children}
      <Shown toasts={toasts} onUndo={takeBack} />
    </Context.Provider>
  );
}

function Shown({ toasts, onUndo }: { toasts: readonly Toast[]; onUndo(toast: Toast): void }) {
  const words = useWords();
  const dialog = useTopDialog();
  return createPortal(
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-20 z-30 flex flex-col items-center gap-2 md:bottom-5"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={`pointer-events-auto flex max-w-lg items-center gap-4 rounded-control border px-4 py-2 shadow-card ${toast.bad ? "border-warn bg-warn-ground text-ink" : "border-ink bg-ink text-ground"}`}
        >
          <span dir="auto" className="min-w-0">
            {toast.words}
          </span>
          {toast.undo && (
            <button
              type="button"
              className="-me-2 min-h-11 shrink-0 rounded-control px-2 font-semibold underline underline-offset-4"
              onClick={() => onUndo(toast)}
            >
              {words.undo}
            </button>
          )}
        </div>
      ))}
    </div>,
    dialog ?? document.body,
  );
}
