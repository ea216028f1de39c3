// `npm start -- <flags>`: builds what is missing or stale, then this very process becomes the server.
import { build } from "./build.mjs";

await build();
process.argv = [process.execPath, "lubdub", "serve", ...process.argv.slice(2)];
await import("../apps/service/bin/lubdub.mjs");
