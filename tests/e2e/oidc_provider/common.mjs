// What the certified providers of the end-to-end tests have in common: scopes, claims, accounts and lifetimes.

export const COMMON = {
  scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  pkce: { required: () => true },
  // A refresh token that is used twice revokes the whole grant (RFC 9700 section 4.14.2).
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, client, code) => (
    client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access')
  ),
  // The default of 15 s would keep short-lived tokens alive in a test that waits for them to expire.
  clockTolerance: 0,
};

// In seconds. How long an access token lasts is for each provider to say.
export const LIFETIMES = {
  AuthorizationCode: 60,
  Grant: 86400,
  IdToken: 3600,
  Interaction: 3600,
  RefreshToken: 86400,
  Session: 86400,
};

export const FEATURES = {
  devInteractions: { enabled: true },
  introspection: { enabled: true },
  revocation: { enabled: true },
  rpInitiatedLogout: { enabled: true },
};

// `users`: account name -> its extra claims. `defaults(name)` are claims that they may replace.
export function accountsOf(users, defaults = () => ({})) {
  return (ctx, accountId) => accountId in users ? {
    accountId,
    claims: () => ({
      ...defaults(accountId),
      preferred_username: accountId,
      name: accountId,
      email: `${accountId}@example.test`,
      email_verified: true,
      groups: [],
      ...users[accountId],
    }),
  } : undefined;
}
