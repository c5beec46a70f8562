const SHAPES = {
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6 13 13M3 13l1.4-1.4M11.6 4.4 13 3",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  help: "M6 6a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1v.6M8 12v.1M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M10 3 5 8l5 5",
  up: "M3 10l5-5 5 5",
  down: "M3 6l5 5 5-5",
  right: "M6 3l5 5-5 5",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
  link: "M7 9.5a2.5 2.5 0 0 0 3.6 0l2.2-2.2a2.5 2.5 0 0 0-3.6-3.6L8.4 4.5M9 6.5a2.5 2.5 0 0 0-3.6 0L3.2 8.7a2.5 2.5 0 0 0 3.6 3.6l.8-.8",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10",
  star: "M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z",
  filter: "M2 3.5h12M4.5 8h7M6.5 12.5h3",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14",
  clock: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.5 1.8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
} as const;

export type IconName = keyof typeof SHAPES;

/** Decoration only: whatever it means is said by the label of the control around it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
