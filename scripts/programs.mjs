// The programs that the tests need beside Node: installed with apt-get where that is allowed, else named.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const needed = [
  { program: "redis-server", aptPackages: ["redis-server"] },
  { program: "chromium", aptPackages: ["chromium", "fonts-liberation"] },
  { program: "promtool", aptPackages: ["prometheus"] },
  { program: "haproxy", aptPackages: ["haproxy"] },
  { program: "ip", aptPackages: ["iproute2"] },
  { program: "unshare", aptPackages: ["util-linux"] },
];

/** Where a system keeps programs that are not on everybody's path. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];

function isInstalled(program) {
  return [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_FOLDERS].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The words before `apt-get`: none for root, sudo without a password, or undefined when it may not be used. */
function privilege() {
  if (!existsSync("/usr/bin/apt-get")) return undefined;
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined;
}

function aptGet(prefix, args) {
  const [command, ...rest] = [...prefix, "apt-get", ...args];
  process.stdout.write(`lubdub: apt-get ${args.join(" ")} …\n`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(command, rest, { stdio: ["ignore", "ignore", "inherit"], env: environment }).status === 0;
}

/** Makes sure the tests' programs are there; otherwise ends with one sentence and exit code 1. */
export function ensurePrograms() {
  const missing = needed.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = missing.flatMap(({ aptPackages }) => aptPackages);
  const prefix = privilege();
  if (prefix !== undefined) {
    aptGet(prefix, ["update"]);
    if (aptGet(prefix, ["install", "-y", "--no-install-recommends", ...packages])) return;
  }
  const names = missing.map(({ program }) => program).join(", ");
  process.stderr.write(
    `lubdub: the tests need ${names}, which this machine lacks; install with: sudo apt-get install -y ${packages.join(" ")}\n`,
  );
  process.exit(1);
}
