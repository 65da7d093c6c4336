/** The members that are asked for. `accountEnabled` and those of Active Directory come only when they are named. */
const USER_MEMBERS =
  'id,userPrincipalName,accountEnabled,displayName,onPremisesSamAccountName,onPremisesDomainName,onPremisesUserPrincipalName';

/** Below 20 a request costs less (https://learn.microsoft.com/graph/throttling-limits, identity and access). */
const PAGE = 19;

/** What users can be filtered by here. */
export type FilteredMember = 'onPremisesUserPrincipalName' | 'onPremisesSamAccountName';

/**
 * Where Graph is asked what, below `https://host/v1.0`. Names are any well-formed text, and each stays one segment or
 * one literal.
 */
export const addressOf = {
  /**
   * A name without an `@` is none: the segment could be an object id, a function of Graph's, or `..`.
   * A `$` in front would be taken for one of OData's own segments (https://learn.microsoft.com/graph/api/user-get).
   */
  userByPrincipalName(graphUrl: string, upn: string): string {
    const user = upn.startsWith('$') ? `('${encoded(doubled(upn))}')` : `/${encoded(upn)}`;
    return `${graphUrl}/users${user}?$select=${USER_MEMBERS}`;
  },
  /** `advanced` as in {@link GraphRequest}. */
  usersWhere(graphUrl: string, member: FilteredMember, text: string, advanced: boolean): string {
    const filter = encoded(`${member} eq '${doubled(text)}'`);
    const count = advanced ? '$count=true&' : '';
    return `${graphUrl}/users?${count}$filter=${filter}&$select=${USER_MEMBERS}&$top=${PAGE}`;
  },
  /** Only to see whether there is such a user. */
  userById(graphUrl: string, id: string): string {
    return `${graphUrl}/users/${encoded(id)}?$select=id`;
  },
  /** Only to see whether there is such a group (https://learn.microsoft.com/graph/api/group-get). */
  groupById(graphUrl: string, id: string): string {
    return `${graphUrl}/groups/${encoded(id)}?$select=id`;
  },
  checkMemberGroups(graphUrl: string, userId: string): string {
    return `${graphUrl}/users/${encoded(userId)}/checkMemberGroups`;
  },
};

/** All but the unreserved characters of RFC 3986 §2.3; encodeURIComponent leaves five more. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** As it stands in a literal (OData 4.01 URL conventions §5.1.1.6.1). */
function doubled(text: string): string {
  return text.replaceAll("'", "''");
}
