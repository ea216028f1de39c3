import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** What a handler finds in its context: Node's own request, for headers and addresses. */
export interface HttpEnv {
  readonly Bindings: HttpBindings;
}

export type HttpContext = Context<HttpEnv>;

/** A refusal: JSON with one sentence. */
export function refuse(context: HttpContext, status: ContentfulStatusCode, error: string): Response {
  return context.json({ error }, status);
}
