/** Icons of one hand: 24 units, strokes of 1.75, round ends. */
const PATHS = {
  now: "M3 5h8v6H3zM13 5h8v6h-8zM3 13h8v6H3zM13 13h8v6h-8z",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.500 20c.4-3.600 3-5.500 6.500-5.500s6.100 1.900 6.500 5.500M16 4.300a3.500 3.500 0 0 1 0 6.400M17.500 14.800c2.300.6 3.700 2.400 4 5.200",
  unknown:
    "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.500 20c.5-3.700 3.400-5.500 7.500-5.500M17.300 15.700a1.900 1.900 0 1 1 2.400 1.800c-.5.2-.8.5-.8 1.100M18.900 21h.01",
  sightings:
    "M3 12c2.300-4.300 5.300-6.500 9-6.500s6.700 2.200 9 6.500c-2.300 4.300-5.300 6.500-9 6.500S5.300 16.300 3 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM15.500 15.500 21 21",
  alerts: "M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15L6 16ZM10 21h4",
  map: "M9 4 3 6.500v13.500L9 17.500l6 2.500 6-2.500V4l-6 2.500L9 4ZM9 4v13.500M15 6.500V20",
  cameras:
    "M3 7h11a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1ZM15 11l6-3.500v9L15 13",
  system:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  close: "M6 6l12 12M18 6 6 18",
  chevron: "M9 5.500 15.500 12 9 18.500",
  account:
    "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.500 20c.5-3.700 3.400-5.500 7.500-5.500s7 1.800 7.500 5.500",
  upload: "M12 16V5M7.500 9 12 4.500 16.500 9M4 16v3.500h16V16",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = "size-6" }: { name: IconName; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      className={`${className} shrink-0`}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 3 : 1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
