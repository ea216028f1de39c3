// Runs one named step of a script, with its time, and stops everything at the first failure.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The path of a program that `npm ci` put into node_modules. */
export const tool = (name) => join(root, "node_modules", ".bin", name);

/**
 * Runs `command` and resolves with its exit code; output goes straight to the terminal.
 * A signal that ends the child is reported as 1.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Runs one step and prints its name and time. Ends the process with the step's code when it fails. */
export async function step(name, command, args, options) {
  process.stdout.write(`lubdub: ${name} …\n`);
  const startedAt = performance.now();
  const code = await run(command, args, options);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (code !== 0) {
    process.stderr.write(`lubdub: ${name} failed after ${seconds} s (exit code ${code})\n`);
    process.exit(code);
  }
  process.stdout.write(`lubdub: ${name}, done in ${seconds} s\n`);
}
