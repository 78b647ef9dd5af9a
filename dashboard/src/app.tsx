import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { asFailure } from "./api/failure";
import { currentSession, onSession, start } from "./api/session";
import { reach } from "./live/reach";
import { MeContext } from "./me";
import { FirstPassword, SignIn, Unreachable } from "./pages/sign-in";
import { Shell } from "./shell";
import { Failsafe } from "./ui/failsafe";
import { Loading } from "./ui/notice";
import { ToastProvider } from "./ui/toasts";
import { keepLanguage, type Language, type Words, WordsContext, wordsOf } from "./words";
import { LanguageContext } from "./words/choice";

const MAX_RETRIES = 2;

function makeQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (asFailure(error).status === 0) void reach.doubt();
      },
    }),
    defaultOptions: {
      queries: {
        networkMode: "always", // the server may be in a network without the Internet
        staleTime: 5_000,
        retry: (count, error) => {
          const { status } = asFailure(error);
          return count < MAX_RETRIES && (status === 0 || status === 503);
        },
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function App({ first }: { first: { language: Language; words: Words } }) {
  const [spoken, setSpoken] = useState(first);
  const choose = useCallback((language: Language) => {
    keepLanguage(language);
    void wordsOf(language).then((words) => setSpoken({ language, words }));
  }, []);
  const choice = useMemo(() => ({ language: spoken.language, choose }), [spoken, choose]);
  useEffect(() => {
    document.documentElement.lang = spoken.language;
  }, [spoken]);
  return (
    <LanguageContext.Provider value={choice}>
      <WordsContext.Provider value={spoken.words}>
        <Failsafe place="">
          <Gate />
        </Failsafe>
      </WordsContext.Provider>
    </LanguageContext.Provider>
  );
}

/** What of the application somebody gets who is signed in, or not yet. */
function Gate() {
  const session = useSyncExternalStore(onSession, currentSession);
  switch (session.state) {
    case "starting":
      return <Loading />;
    case "unreachable":
      return <Unreachable retry={start} />;
    case "signed-out":
      return <SignIn expired={session.expired} />;
    case "signed-in":
      if (session.me.must_change_password) return <FirstPassword me={session.me} />;
      return <SignedIn key={session.me.id} me={session.me} />;
  }
}

function SignedIn({ me }: { me: Parameters<typeof Shell>[0]["me"] }) {
  // a client of their own: nothing that one user has seen is left for the next
  const [client] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={client}>
      <MeContext.Provider value={me}>
        <ToastProvider>
          <Shell me={me} />
        </ToastProvider>
      </MeContext.Provider>
    </QueryClientProvider>
  );
}
