/** What the platform itself answers: HTML, so that nobody can take it for an answer of the app. */
export interface Page {
  readonly status: number;
  readonly body: string;
}

function page(status: number, title: string, sentence: string): Page {
  return {
    status,
    body: `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1><p>${sentence}</p></body>
</html>
`,
  };
}

/** The pages of the front end, by what happened. */
export const PAGES = {
  noHost: page(503, 'Service Unavailable', 'The function host is not running.'),
  busy: page(429, 'Too Many Requests', 'Every instance of this app is at its limit. Try again later.'),
  tooLarge: page(413, 'Request Entity Too Large', 'The request is larger than this site allows.'),
  timeLimit: page(504, 'Gateway Timeout', 'The app did not answer within the time that this site allows.'),
  badRequest: page(400, 'Bad Request', 'The request names no host.'),
} as const;
