import { useEffect, useLayoutEffect, useRef } from "react";
import { onTick } from "./ticker.ts";

const useIsomorphicLayoutEffect = typeof window === "undefined" ? useEffect : useLayoutEffect;

/** Runs `write` after each render and once a second in between. It writes to the page itself and renders nothing. */
export function useTick(write: () => void): void {
  const latest = useRef(write);
  useIsomorphicLayoutEffect(() => {
    latest.current = write;
    write();
  });
  useEffect(() => onTick(() => latest.current()), []);
}
