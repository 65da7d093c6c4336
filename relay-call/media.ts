/** Content type of a RADIUS packet, in a call and in its answer. Compared exactly: no parameters. */
export const PACKET_TYPE = 'application/vnd.radius-bridge.packet';
/** Content type of every answer that is no packet (RFC 9457). Compared exactly: no parameters. */
export const PROBLEM_TYPE = 'application/problem+json';
/** Where calls go. */
export const CALL_PATH = '/api/radius';
/** Where liveness is asked; neither signed nor telling anything. */
export const HEALTH_PATH = '/api/health';
