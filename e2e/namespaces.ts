import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const programs = fileURLToPath(new URL("programs/", import.meta.url));

/**
 * Runs a program of this folder with a server, a router and a client in network namespaces of their own, which vanish
 * with it; needs no root where the kernel lets users make namespaces. Resolves with the JSON that it prints last.
 */
export async function runInNamespaces(program: string): Promise<Record<string, unknown>> {
  const asRoot = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const command = ["sh", `${programs}namespaces.sh`, process.execPath, `${programs}${program}`];
  const child = spawn("unshare", [...asRoot, "--net", "--mount", ...command], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${printed}`);
  return JSON.parse(printed.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
}
