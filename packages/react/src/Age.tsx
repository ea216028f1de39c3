import { monotonicMs } from "@lubdub/client";
import { type ReactElement, useRef } from "react";
import { ABSENT, ageText } from "./time-text.ts";
import { useTick } from "./use-tick.ts";

/** `12 s ago`, counted from a moment on the monotonic clock; written once a second without a render. */
export function Age({ at }: { readonly at: number | undefined }): ReactElement {
  const text = useRef<HTMLSpanElement>(null);
  useTick(() => {
    if (text.current !== null)
      text.current.textContent = at === undefined ? ABSENT : ageText(monotonicMs() - at);
  });
  return <span ref={text} className="lub-number" />;
}
