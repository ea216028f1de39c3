/** What a decoder says: a message, or in one sentence what was wrong. Decoders never throw. */
export type Decoded<M> =
  | { readonly ok: true; readonly message: M }
  | { readonly ok: false; readonly problem: string };

export function decoded<M>(message: M): Decoded<M> {
  return { ok: true, message };
}

export function problem(sentence: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: sentence };
}
