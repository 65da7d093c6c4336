/**
 * The folder from which an npm script was called. npm runs scripts in the project's folder, wherever it was called, and
 * says where that was; a file on the command line is meant from there.
 *
 * @returns undefined where this process is not that script of npm, but was started by it in turn, or by hand
 */
export function calledFrom(script: string, env: NodeJS.ProcessEnv): string | undefined {
  return env['npm_lifecycle_event'] === script ? env['INIT_CWD'] : undefined;
}
