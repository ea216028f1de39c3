/** A place in a room's history: which history it is, by its birth in ms since the epoch, and the message's number. */
export interface Offset {
  readonly birth: number;
  readonly number: number;
}

const OFFSET = /^(\d{1,15})-(\d{1,15})$/;

export function formatOffset({ birth, number }: Offset): string {
  return `${birth}-${number}`;
}

/** Undefined when the text is no offset of ours. */
export function parseOffset(text: string): Offset | undefined {
  const parts = OFFSET.exec(text);
  return parts === null ? undefined : { birth: Number(parts[1]), number: Number(parts[2]) };
}
