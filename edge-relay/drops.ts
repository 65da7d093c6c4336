import { FRAMING_FAULTS } from '../relay-call/framing.ts';

/** Why a datagram was met with silence. Each has a counter of the same name. */
export const DROPS = {
  ...FRAMING_FAULTS,
  'not-admitted': 'The datagram came from an address that no entry of "clients" in relay.json admits.',
  'source-port-zero': 'The datagram came from port 0, to which nothing can be sent.',
  'code-wrong-for-port':
    'The packet is of a kind that this port does not serve (for example accounting on 1812).',
  'rate-limited': 'The sender exceeded the rate that relay.json gives its client.',
  'client-share-full':
    "The client's requests in work fill the half of the table that one of several clients may fill.",
  'table-full': 'As many requests are in work or remembered as relay.json allows.',
  'repeat-in-work': 'The same datagram is in work already; its reply is sent once.',
  'repeat-changed':
    'A request with this identifier and authenticator was answered, and this one has other content.',
  'repeat-retired':
    'The datagram repeats a request whose identifier a newer, answered request has taken over.',
  'discarded-repeat': 'The functions discarded the same datagram within the last five seconds.',
  draining: 'The datagram came while the relay was stopping.',
  'late-answer-retired': 'The reply came after a newer request with the same identifier had been answered.',
  'reply-too-late': 'The reply came when the client had stopped waiting.',
  'reply-not-sent': 'The operating system did not send the reply.',
  'stopped-before-answer': 'The relay stopped before the reply was there or had been sent.',
  'answer-discard': 'The functions told the relay to discard the packet (a bad packet or an unknown client).',
  'answer-unavailable': 'The functions could not decide for a temporary cause.',
  'answer-refused': 'The functions refused the call; its signature, clock or key does not hold.',
  'answer-busy': 'The functions, or a front end before them, asked for fewer calls.',
  'answer-fault': 'What came back was not a reply to this request (for example a page of a proxy).',
  'answer-unreachable': 'No connection to the functions could be made.',
  'answer-broken': 'The connection broke before the answer was there.',
  'answer-late': 'The functions had not answered when the client stopped waiting.',
} as const;

export type Drop = keyof typeof DROPS;
