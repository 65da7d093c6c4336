/** A route template of an HTTP trigger, made ready for matching. */
export interface Route {
  /** Upper-case methods that the function takes. */
  readonly methods: ReadonlySet<string>;
  /** Parameters when the path fits, else undefined. */
  match(path: string): Record<string, string> | undefined;
  /** Literal segments weigh more than parameters: the heavier of two fitting routes wins, as in ASP.NET. */
  readonly weight: number;
}

const constraints: Readonly<Record<string, string>> = {
  int: '-?\\d+',
  guid: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
  alpha: '[A-Za-z]+',
};

/**
 * Compiles a template of the Functions host: literals, `{name}`, `{name?}`, `{*rest}`, `{name:int}`.
 *
 * @throws Error naming a segment or constraint that this host does not know.
 */
export function compileRoute(prefix: string, template: string, methods: readonly string[]): Route {
  const segments = [...prefix.split('/'), ...template.split('/')].filter((segment) => segment !== '');
  const names: string[] = [];
  let pattern = '';
  let weight = 0;
  for (const segment of segments) {
    const parameter = /^\{(\*?)([A-Za-z_]\w*)(?::([a-z]+))?(\??)\}$/.exec(segment);
    if (!parameter) {
      if (/[{}]/.test(segment)) throw new Error(`The route segment '${segment}' is not known to this host.`);
      pattern += `/${segment.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`;
      weight = weight * 4 + 3;
      continue;
    }
    const [, rest, name = '', constraint, optional] = parameter;
    const value = rest ? '.*' : constraint === undefined ? '[^/]+' : constraints[constraint];
    if (value === undefined) {
      throw new Error(`The route constraint '${constraint}' is not known to this host.`);
    }
    names.push(name);
    pattern += rest || optional ? `(?:/(${value}))?` : `/(${value})`;
    weight = weight * 4 + (rest ? 0 : constraint ? 2 : 1);
  }
  const expression = new RegExp(`^${pattern}/?$`, 'i');
  return {
    methods: new Set(methods.map((method) => method.toUpperCase())),
    weight,
    match(path) {
      const found = expression.exec(path);
      if (!found) return undefined;
      const parameters: Record<string, string> = {};
      for (const [index, name] of names.entries()) {
        const value = found[index + 1];
        if (value !== undefined) parameters[name] = decodeSegment(value);
      }
      return parameters;
    },
  };
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
