import type { Attempt } from '../../../../../functions/mfa/attempt.ts';

export const CONTEXT = '69ff05bf-eb61-47f7-a70e-e7d77b6d47d0';
export const SESSION = 'd7e0a5c3-41b9-4f86-8c2d-93a17be46f50';
export const OBJECT = '0a1b2c3d-0000-4000-8000-00000000a11c';
export const UPN = 'alice@contoso.com';

/** An attempt to prove that Alice signs in. */
export function attemptOf(x: { readonly upn?: string } = {}): Attempt {
  return {
    id: CONTEXT,
    user: { objectId: OBJECT, tenantId: '11111111-2222-3333-4444-555555555555', upn: x.upn ?? UPN },
    client: 'rdg',
    provider: 'connector',
    began: 0,
    deadline: 75_000,
  };
}

export interface AnswerParts {
  /** As it stands in the XML, escaped; null is nil, undefined leaves the element out. */
  readonly value?: string | null | undefined;
  readonly result?: string | null | undefined;
  readonly upn?: string | null | undefined;
  readonly session?: string | null | undefined;
}

function element(name: string, content: string | null | undefined): string {
  if (content === undefined) return '';
  return content === null ? `<${name} i:nil="true"/>` : `<${name}>${content}</${name}>`;
}

/** Samples R1 to R5 of entra.md 1.6; without arguments R1, the approval. */
export function answerXml(x: AnswerParts = {}): string {
  const { value, result, upn, session } = {
    value: 'Success',
    result: 'true',
    upn: UPN,
    session: SESSION,
    ...x,
  };
  return [
    '<BeginTwoWayAuthenticationResponse xmlns:i="http://www.w3.org/2001/XMLSchema-instance">',
    '<Version>1</Version>',
    `<Result>${element('Value', value)}<Message i:nil="true"/><Retry>false</Retry>`,
    '<Error i:nil="true"/><Exception i:nil="true"/></Result>',
    element('SessionId', session),
    element('AuthenticationResult', result),
    element('UserPrincipalName', upn),
    '<AffinityUrl i:nil="true"/></BeginTwoWayAuthenticationResponse>',
  ].join('');
}
