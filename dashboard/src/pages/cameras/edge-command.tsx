/** What starts an edge that sends to this server. */
export function EdgeCommand() {
  return (
    <code className="mt-3 block rounded-control border border-line bg-card p-3 text-start text-sm text-ink">
      lookout edge --serverIP {window.location.hostname || "localhost"}
    </code>
  );
}
