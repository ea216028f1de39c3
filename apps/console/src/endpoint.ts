/** The WebSocket endpoint beside this page, below the same base path. */
export function endpointOf(page: string): string {
  const url = new URL("./ws", page);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = "";
  url.hash = "";
  return url.href;
}
