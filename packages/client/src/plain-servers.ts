/** For how long a server is taken to be plain before lubdub.v1 is offered again, in ms. */
const REMEMBERED_MS = 600_000;

/** Servers whose handshake fails when a subprotocol is offered: by URL, until when that is believed. */
const plainUntil = new Map<string, number>();

export const plainServers = {
  has(url: string, now: number): boolean {
    return (plainUntil.get(url) ?? 0) > now;
  },
  remember(url: string, now: number): void {
    plainUntil.set(url, now + REMEMBERED_MS);
  },
  forget(url: string): void {
    plainUntil.delete(url);
  },
};
