import type { ReactNode } from "react";

interface Column<T> {
  head: string;
  cell(row: T): ReactNode;
  /** Numbers stand at the end. */
  end?: boolean;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  keyOf(row: T): string;
  columns: readonly Column<T>[];
}

/** A table; where it has less than 36 rem, every row is a block with the headings beside the values. */
export function Table<T>({ label, rows, keyOf, columns }: Props<T>) {
  return (
    <div className="@container">
      <table className="w-full border-collapse text-start @max-xl:block">
        <caption className="sr-only">{label}</caption>
        <thead className="@max-xl:sr-only">
          <tr>
            {columns.map((column) => (
              <th
                key={column.head}
                scope="col"
                className={`border-b border-line p-2 text-sm font-normal text-quiet ${column.end ? "text-end" : "text-start"}`}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="@max-xl:block @max-xl:space-y-3">
          {rows.map((row) => (
            <tr
              key={keyOf(row)}
              className="@max-xl:block @max-xl:rounded-control @max-xl:border @max-xl:border-line @max-xl:p-2"
            >
              {columns.map((column) => (
                <td
                  key={column.head}
                  className={`border-line p-2 align-middle @max-xl:flex @max-xl:justify-between @max-xl:gap-4 @max-xl:py-1 @xl:border-b ${column.end ? "tabular text-end" : ""}`}
                >
                  <span aria-hidden className="shrink-0 text-sm text-quiet @xl:hidden">
                    {column.head}
                  </span>
                  <span dir="auto" className="min-w-0 @max-xl:text-end">
                    {column.cell(row)}
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
