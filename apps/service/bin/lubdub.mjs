#!/usr/bin/env node
// Committed, so that the command exists before the build does. The process that runs this is the server itself.
async function load() {
  try {
    return await import("../dist/lubdub-process.js");
  } catch (error) {
    const isUnbuilt = error?.code === "ERR_MODULE_NOT_FOUND" && /[\\/]dist[\\/]/.test(error.message);
    if (!isUnbuilt) throw error;
    process.stderr.write("lubdub: it is not built yet, run `npm run build` first\n");
    process.exit(1);
  }
}

const { runLubdub } = await load();
await runLubdub();
