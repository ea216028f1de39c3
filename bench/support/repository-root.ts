import { existsSync } from "node:fs";

/** The folder that holds the workspaces, whether this runs from its source or from the build. */
export const repositoryRoot: URL = (function climb(folder: URL): URL {
  return existsSync(new URL("package-lock.json", folder)) ? folder : climb(new URL("..", folder));
})(new URL(".", import.meta.url));
