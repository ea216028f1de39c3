import { type ReactElement, useEffect, useState } from "react";
import { ABSENT } from "./time-text.ts";

const COPIED_FOR_MS = 1_500;

/** An id cut to its ends; a click copies it whole, or selects it where the clipboard is out of reach. */
export function CopyableId({ id }: { readonly id: string | undefined }): ReactElement {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timeout = setTimeout(() => setCopied(false), COPIED_FOR_MS);
    return () => clearTimeout(timeout);
  }, [isCopied]);
  if (id === undefined) {
    return (
      <span className="lub-id" data-part="session-id">
        {ABSENT}
      </span>
    );
  }
  const copy = (target: HTMLElement): void => {
    if (navigator.clipboard === undefined) window.getSelection()?.selectAllChildren(target);
    else
      navigator.clipboard.writeText(id).then(
        () => setCopied(true),
        () => undefined,
      );
  };
  return (
    <button
      type="button"
      className="lub-copy"
      title={`Copy ${id}`}
      onClick={(event) => copy(event.currentTarget)}
    >
      <span className="lub-id" data-part="session-id">
        {shortened(id)}
      </span>
      <span aria-live="polite" className="lub-label">
        {isCopied ? "Copied" : "⧉"}
      </span>
    </button>
  );
}

/** `a3f9…c21e`; short ones stay whole. */
export function shortened(id: string): string {
  return id.length <= 9 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`;
}
