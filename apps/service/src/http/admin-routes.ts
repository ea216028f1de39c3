import type { Context, Hono, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, setCookie } from "hono/cookie";
import { cameOverHttps, type ProxyTrust } from "../address.ts";
import { ADMIN_COOKIE, type Admin } from "../admin.ts";
import { ADMIN_SESSION_MS } from "../admin-session.ts";
import { type HttpContext, type HttpEnv, refuse } from "./http-env.ts";

const MAX_BODY_BYTES = 4096;

interface Refusal {
  readonly status: 400 | 401 | 403 | 429;
  readonly problem: string;
  readonly retryAfterS?: number;
}

function refuseAdmission(context: HttpContext, { status, problem, retryAfterS }: Refusal): Response {
  if (status === 401) context.header("WWW-Authenticate", 'Bearer realm="lubdub"');
  if (retryAfterS !== undefined) context.header("Retry-After", String(retryAfterS));
  return refuse(context, status, problem);
}

/** Lets only the administrator through. */
export function adminOnly(admin: Admin): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const admission = admin.admit(context.env.incoming);
    if (!admission.ok) return refuseAdmission(context, admission);
    await next();
    return undefined;
  };
}

export interface AdminRoutesOptions {
  readonly admin: Admin;
  readonly trust: ProxyTrust;
  readonly basePath: string;
}

/** `POST /api/login` and `POST /api/logout`. */
export function addAdminRoutes(app: Hono<HttpEnv>, { admin, trust, basePath }: AdminRoutesOptions): void {
  const cookieOptions = (context: Context<HttpEnv>) =>
    ({
      path: basePath,
      httpOnly: true,
      sameSite: "Strict",
      secure: cameOverHttps(context.env.incoming, trust),
    }) as const;

  const smallBody = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (context) => context.json({ error: `the body must be at most ${MAX_BODY_BYTES} bytes` }, 413),
  });

  app.post("/api/login", smallBody, async (context) => {
    const body: unknown = await context.req.json().catch(() => undefined);
    const token = typeof body === "object" && body !== null && "token" in body ? body.token : undefined;
    const login = admin.logIn(context.env.incoming, token);
    if (!login.ok) return refuseAdmission(context, login);
    setCookie(context, ADMIN_COOKIE, login.cookie, {
      ...cookieOptions(context),
      maxAge: ADMIN_SESSION_MS / 1_000,
    });
    return context.json({ loggedIn: true });
  });

  app.post("/api/logout", (context) => {
    admin.logOut(context.env.incoming);
    deleteCookie(context, ADMIN_COOKIE, cookieOptions(context));
    return context.json({ loggedIn: false });
  });
}
