/** What can go wrong between the app and Microsoft Graph, in an administrator's words. */
export const GRAPH_FAULTS = {
  'graph-unreachable': 'Microsoft Graph does not answer.',
  'graph-failing': 'Microsoft Graph answers with an error of its own.',
  'graph-throttled': 'Microsoft Graph refuses more requests for now.',
  'graph-unauthorized': 'Microsoft Graph does not take the token of the managed identity of this app.',
  'graph-forbidden':
    'The managed identity of this app may not read users or groups; grant it User.Read.All and GroupMember.Read.All.',
  'graph-refused': 'Microsoft Graph finds our request wrong; the detail is its HTTP status.',
  'graph-answer-unusable': 'Microsoft Graph gave an answer that does not fit the question.',
  'graph-token-unavailable': 'The managed identity of this app gave no token for Microsoft Graph.',
} as const;
export type GraphFault = keyof typeof GRAPH_FAULTS;

/** What the client tells its log, in an administrator's words. Of one group at most every ten minutes. */
export const GRAPH_EVENTS = {
  'group-missing':
    'Microsoft Graph knows no group with this object id; nobody counts as being in it. Take it out of bridge.json, or mend the id.',
} as const;

export interface GraphEvent {
  readonly event: keyof typeof GRAPH_EVENTS;
  /** Object id. */
  readonly group: string;
}

/** Nothing can be said about a user or a group now. */
export class GraphUnavailable extends Error {
  readonly code: GraphFault;
  /** An HTTP status or a code of the network, for example `HTTP 503` or `ECONNREFUSED`. May be empty. */
  readonly detail: string;
  constructor(code: GraphFault, detail: string) {
    super(GRAPH_FAULTS[code]);
    this.name = 'GraphUnavailable';
    this.code = code;
    this.detail = detail;
  }
}
