import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { picture } from "../api/client";
import { isFlung, onceCalm } from "./fling";
import { Icon } from "./icon";

interface Props {
  /** The path of the picture at the server; null where there is none. */
  path: string | null;
  alt: string;
  className?: string;
}

/**
 * A picture that only those with the right may see. It is fetched with the access token, lives in
 * memory alone and goes with the page. What flies past in a fling is never asked for.
 */
export function Picture({ path, alt, className = "" }: Props) {
  const seen = useSeen();
  const { data, isError } = useQuery({
    queryKey: ["picture", path],
    queryFn: ({ signal }) => picture(path ?? "", signal),
    enabled: path !== null && seen,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
  const url = useObjectUrl(data);
  const frame = `block bg-line/60 object-cover ${className}`;
  if (path === null || isError) {
    return (
      <span className={`${frame} grid place-items-center text-quiet`}>
        <Icon name="account" className="size-1/2" />
        <span className="sr-only">{alt}</span>
      </span>
    );
  }
  return url ? (
    <img src={url} alt={alt} className={frame} />
  ) : (
    <span aria-hidden className={frame} />
  );
}

function useSeen(): boolean {
  const [seen, setSeen] = useState(() => !isFlung());
  useEffect(() => (seen ? undefined : onceCalm(() => setSeen(true))), [seen]);
  return seen;
}

/** An address for a blob for as long as the component is there. */
export function useObjectUrl(blob: Blob | undefined | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) {
      setUrl(null);
      return;
    }
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
