/** How tabs look; what they do is Radix's. */
export const TAB_LIST = "mb-4 flex gap-1 overflow-x-auto border-b border-line";
export const TAB =
  "min-h-11 shrink-0 border-b-2 border-transparent px-3 text-quiet -outline-offset-2! hover:text-ink data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-accent";
