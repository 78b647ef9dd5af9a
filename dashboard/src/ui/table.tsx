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

/** A table; on a phone every row is a block of its own with the headings beside the values. */
export function Table<T>({ label, rows, keyOf, columns }: Props<T>) {
  return (
    <table className="w-full border-collapse text-start max-md:block">
      <caption className="sr-only">{label}</caption>
      <thead className="max-md:sr-only">
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
      <tbody className="max-md:block max-md:space-y-3">
        {rows.map((row) => (
          <tr
            key={keyOf(row)}
            className="max-md:block max-md:rounded-control max-md:border max-md:border-line max-md:p-2"
          >
            {columns.map((column) => (
              <td
                key={column.head}
                className={`border-line p-2 align-middle max-md:flex max-md:justify-between max-md:gap-4 max-md:py-1 md:border-b ${column.end ? "tabular text-end" : ""}`}
              >
                <span aria-hidden className="shrink-0 text-sm text-quiet md:hidden">
                  {column.head}
                </span>
                <span dir="auto" className="min-w-0 max-md:text-end">
                  {column.cell(row)}
                </span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
