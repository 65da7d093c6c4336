import { app } from '@azure/functions';

/** `GET /api/health`: alive, nothing more. It tells a stranger nothing, so it needs no signature. */
export function registerHealth(): void {
  app.http('health', {
    methods: ['GET'],
    authLevel: 'anonymous',
    route: 'health',
    handler: () => ({ status: 200 }),
  });
}
