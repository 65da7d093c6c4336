import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundlePrograms } from '../../build.ts';

let outputs: Metafile['outputs'];

beforeAll(async () => {
  const { functions } = await bundlePrograms({ folder: join(import.meta.dirname, 'nowhere'), minify: true });
  outputs = functions.metafile.outputs;
}, 30_000);

function outputOf(entryPoint: string): string {
  return Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entryPoint) ?? '';
}

/** What is evaluated when an output is imported: the sources in it and in what it imports statically. */
function evaluatedBy(path: string, seen = new Set<string>()): string[] {
  const output = outputs[path];
  if (output === undefined || seen.has(path)) return [];
  seen.add(path);
  const imported = output.imports.filter(({ kind }) => kind === 'import-statement');
  return [...Object.keys(output.inputs), ...imported.flatMap((one) => evaluatedBy(one.path, seen))];
}

const ofTelemetry = /node_modules\/(applicationinsights|@opentelemetry|@azure\/monitor)/;

describe('the SDK of Application Insights in the bundle', () => {
  test('is evaluated when it is first used, and not when the app is imported', () => {
    expect(evaluatedBy(outputOf('functions/records/sdk.ts')).join('\n')).toMatch(ofTelemetry);
    expect(evaluatedBy(outputOf('functions/index.ts'))).toContain('functions/records/insights.ts');
    expect(evaluatedBy(outputOf('functions/index.ts')).join('\n')).not.toMatch(ofTelemetry);
  });

  test('comes without its hooks for automatic collection', () => {
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
    expect(
      inputs.filter((path) =>
        /node_modules\/(@azure\/monitor-opentelemetry|@opentelemetry\/instrumentation)\//.test(path),
      ),
    ).toEqual([]);
  });

  test('asks nobody which of its features to turn on', () => {
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
    const configuration = /monitor-opentelemetry-exporter\/.*\/_configuration\/configuration(\w+)\.js$/;
    const found = inputs.map((path) => configuration.exec(path)?.[1]).filter((name) => name !== undefined);
    // The manager is there, so it was found where it was looked for; what it would poll with is not.
    expect(found).toContain('Manager');
    expect(found).not.toContain('Worker');
  });
});
