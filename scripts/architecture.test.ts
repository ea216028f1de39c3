import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Who may import whom among our own packages. A room that is not named here may not exist. */
const arrows: Readonly<Record<string, { readonly name: string; readonly mayImport: readonly string[] }>> = {
  "packages/protocol": { name: "@lubdub/protocol", mayImport: [] },
  "packages/server": { name: "@lubdub/server", mayImport: ["@lubdub/protocol"] },
  "packages/client": { name: "@lubdub/client", mayImport: ["@lubdub/protocol"] },
  "packages/react": { name: "@lubdub/react", mayImport: ["@lubdub/client", "@lubdub/protocol"] },
  "apps/service": { name: "lubdub", mayImport: ["@lubdub/protocol", "@lubdub/server", "@lubdub/client"] },
  "apps/console": {
    name: "@lubdub/console",
    mayImport: ["@lubdub/react", "@lubdub/client", "@lubdub/protocol"],
  },
};

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (room: string): Manifest =>
  JSON.parse(readFileSync(join(root, room, "package.json"), "utf8")) as Manifest;

const isOurs = (name: string): boolean => name === "lubdub" || name.startsWith("@lubdub/");

/** The packages that a source file imports: `@scope/name` or `name`, without Node's own. */
function importedPackages(file: string): string[] {
  const source = readFileSync(file, "utf8");
  const imports = source.matchAll(
    /^(?:import|export)\b[^"';()]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  const specifiers = Array.from(imports, ([, named, bare, dynamic]) => named ?? bare ?? dynamic ?? "");
  return specifiers
    .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
    .map((specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"))
    .filter((name) => !builtinModules.includes(name));
}

function sourcesOf(room: string): string[] {
  const found = readdirSync(join(root, room, "src"), { recursive: true, encoding: "utf8" });
  return found
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .map((file) => join(root, room, "src", file));
}

describe.each(Object.entries(arrows))("%s", (room, { name, mayImport }) => {
  const manifest = manifestOf(room);
  const declared = [
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
  ];

  it("depends on no room that its arrows do not name", () => {
    expect(manifest.name).toBe(name);
    expect(declared.filter(isOurs).filter((each) => !mayImport.includes(each))).toEqual([]);
  });

  it("imports only what its package.json declares", () => {
    const sources = sourcesOf(room);
    expect(sources.length).toBeGreaterThan(0);
    const strangers = sources.flatMap((file) =>
      importedPackages(file)
        .filter((each) => !declared.includes(each))
        .map((each) => `${file} imports ${each}`),
    );
    expect(strangers).toEqual([]);
  });
});

it("every workspace has its arrows", () => {
  const rooms = ["packages", "apps"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  );
  expect(rooms.sort()).toEqual(Object.keys(arrows).sort());
});

it("protocol and client have no third-party dependency", () => {
  const thirdParty = ["packages/protocol", "packages/client"].flatMap((room) =>
    Object.keys(manifestOf(room).dependencies ?? {}).filter((each) => !isOurs(each)),
  );
  expect(thirdParty).toEqual([]);
});
