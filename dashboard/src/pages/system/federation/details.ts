export type NameOf = (site: string) => string;

/** What a line of the journal says besides, sites by their names: `version: 2 · sites: Lyon, Genoa`.
 * Keys and what is empty are left out. */
export function detailWords(detail: Readonly<Record<string, unknown>>, nameOf: NameOf): string {
  return Object.entries(detail)
    .filter(([name]) => name !== "key" && name !== "plan")
    .map(([name, value]) => [name, plain(value, nameOf)])
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}`)
    .join(" · ");
}

function plain(value: unknown, nameOf: NameOf): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => plain(one, nameOf)).join(", ");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, one]) => `${nameOf(name)} ${plain(one, nameOf)}`)
      .join(", ");
  }
  return typeof value === "string" ? nameOf(value) : String(value);
}
