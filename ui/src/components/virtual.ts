import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

interface Options {
  readonly count: number;
  readonly size: (index: number) => number;
  readonly scroll: RefObject<HTMLElement | null>;
  readonly overscan?: number;
  readonly keyOf?: (index: number) => string | number;
  readonly initialOffset?: number;
  readonly padding?: number;
}

/** Which rows are on the screen, and where: a virtual list that re-renders its component when that changes. */
export function useVirtual(given: Options): Virtualizer<HTMLElement, HTMLElement> {
  const [, render] = useReducer((turn: number) => turn + 1, 0);
  const options: VirtualizerOptions<HTMLElement, HTMLElement> = {
    count: given.count,
    estimateSize: given.size,
    getScrollElement: () => given.scroll.current,
    overscan: given.overscan ?? 6,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    initialOffset: given.initialOffset ?? 0,
    paddingEnd: given.padding ?? 0,
    ...(given.keyOf ? { getItemKey: given.keyOf } : {}),
    onChange: () => render(undefined as never),
  };
  const kept = useRef<Virtualizer<HTMLElement, HTMLElement> | null>(null);
  kept.current ??= new Virtualizer(options);
  const virtual = kept.current;
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  return virtual;
}
