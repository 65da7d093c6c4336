import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { provideCore, registration } from './core.ts';
import type { Triggered } from './invoke.ts';

/** Limits and prefix of host.json, with the host's defaults where it says nothing. */
export interface HostSettings {
  readonly routePrefix: string;
  readonly maxConcurrentRequests: number;
  readonly maxOutstandingRequests: number;
}

/**
 * Reads the part of host.json that this host acts on.
 *
 * @param text the file's text
 * @throws SyntaxError for text that is no JSON
 */
export function readHostSettings(text: string): HostSettings {
  const http = JSON.parse(text)?.extensions?.http ?? {};
  return {
    routePrefix: typeof http.routePrefix === 'string' ? http.routePrefix : 'api',
    maxConcurrentRequests: typeof http.maxConcurrentRequests === 'number' ? http.maxConcurrentRequests : 100,
    maxOutstandingRequests:
      typeof http.maxOutstandingRequests === 'number' ? http.maxOutstandingRequests : 200,
  };
}

/**
 * Loads an app as the language worker does: every file that `main` of its package.json names (a pattern), with
 * the module `@azure/functions-core` in place.
 *
 * @param packageFile the app's package.json
 * @returns the functions that registered
 * @throws what a file throws while it loads, and Error when no function registers: the worker of Azure reports
 *   success with zero functions then, which would pass unnoticed.
 */
export async function loadApp(packageFile: string): Promise<readonly Triggered[]> {
  provideCore();
  const { main } = JSON.parse(await readFile(packageFile, 'utf8'));
  const root = dirname(packageFile);
  const files: string[] = [];
  for await (const file of glob(String(main), { cwd: root })) files.push(file);
  if (files.length === 0) throw new Error(`No file matches '${main}', the main of ${packageFile}.`);
  for (const file of files.sort()) await import(pathToFileURL(join(root, file)).href);
  if (registration.functions.length === 0) throw new Error(`${packageFile} registers no function.`);
  return registration.functions;
}
