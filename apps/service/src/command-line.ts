import { Command, CommanderError, Option } from "commander";
import { parseConfig, type ServiceConfig } from "./config.ts";
import { aboutSetting, flagOf, type SettingKey, settingKeys, variableOf } from "./settings.ts";
import { nearestWord } from "./suggestion.ts";

/** What the command line asks for. */
export type Order =
  | { readonly kind: "serve"; readonly config: ServiceConfig }
  | { readonly kind: "print"; readonly text: string }
  /** A sentence for each mistake. */
  | { readonly kind: "refuse"; readonly problems: readonly string[] };

const FAREWELL = `
Durations are written as 500ms, 30s, 5m or 2h, sizes as 64KiB or 1MiB.
Each flag may also be given as the environment variable named with it; lists are comma separated there. A flag wins.`;

/** The value may be left out as far as commander knows, so that a missing one is refused together with all other mistakes. */
function optionOf(key: SettingKey): Option {
  const { value, says, byDefault, isList } = aboutSetting(key);
  const option = new Option(
    `${flagOf(key)} [${value}]`,
    `${says}. Default: ${byDefault}. ${variableOf(key)}`,
  );
  return isList === true
    ? option.argParser((given: string, before: unknown) => [...(Array.isArray(before) ? before : []), given])
    : option;
}

/** Sentences about what commander did not know: flags first, then words that stand where none belongs. */
function strangers(unknown: readonly string[]): string[] {
  const firstFlag = unknown.findIndex((word) => word.startsWith("-"));
  const words = firstFlag === -1 ? unknown : unknown.slice(0, firstFlag);
  const flags = unknown.slice(words.length).filter((word) => word.startsWith("-") && word !== "--");
  const known = [...settingKeys.map(flagOf), "--help", "--version"];
  return [
    ...words.map((word) => `${JSON.stringify(word)} is no command: lubdub knows serve`),
    ...flags.map((flag) => {
      const name = flag.split("=", 1)[0] ?? flag;
      const near = nearestWord(name, known);
      return `${name} is no flag of lubdub serve${near === undefined ? "; lubdub --help lists them" : `; did you mean ${near}?`}`;
    }),
  ];
}

function serveCommand(program: Command): Command {
  const serve = program
    .command("serve", { isDefault: true })
    .summary("start the service (the default command)")
    .description("Starts the service: WebSocket endpoint, console and metrics.")
    .usage("[flags]")
    .allowUnknownOption()
    .allowExcessArguments()
    .configureHelp({ optionTerm: ({ flags }) => flags.replace(/\[(.+)\]/, "<$1>") })
    .addHelpText("after", FAREWELL);
  for (const key of settingKeys) serve.addOption(optionOf(key));
  return serve;
}

function createProgram(version: string, write: (text: string) => void): { program: Command; serve: Command } {
  const program = new Command("lubdub")
    .description("Knows which WebSocket connections are alive, how healthy each one is, and why one died.")
    .usage("[serve] [flags]")
    .version(version, "--version", "print the version")
    .helpOption("--help", "print this help")
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined, getOutHelpWidth: () => 100 });
  const serve = serveCommand(program);
  program.addHelpText("after", () => `\n${serve.helpInformation()}${FAREWELL}`);
  return { program, serve };
}

/** Reads the arguments after `node lubdub` and the environment. Prints nothing and ends nothing. */
export function readCommandLine(
  arguments_: readonly string[],
  env: NodeJS.ProcessEnv,
  version: string,
): Order {
  let text = "";
  let order: Order | undefined;
  const { program, serve } = createProgram(version, (part) => {
    text += part;
  });
  serve.action(() => {
    const result = parseConfig(serve.opts(), env);
    const problems = [...strangers(serve.args), ...(result.ok ? [] : result.problems)];
    order =
      problems.length === 0 && result.ok
        ? { kind: "serve", config: result.config }
        : { kind: "refuse", problems };
  });
  try {
    program.parse(arguments_, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "print", text };
    return { kind: "refuse", problems: [error.message.replace(/^error: /, "")] };
  }
  return order ?? { kind: "print", text };
}
