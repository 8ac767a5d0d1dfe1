// What each strict provider demands of its clients, by the provider's name.
//
// `provider` is merged into the configuration of node-oidc-provider. `client` is merged into the metadata of every
// client that is registered at it. Nothing here is offered as a choice: a client that does less is refused.
import { randomBytes } from 'node:crypto';
import { errors } from 'oidc-provider';

const { InvalidRequest, InvalidTarget } = errors;

const PRIVATE_KEY_JWT = {
  provider: { clientAuthMethods: ['private_key_jwt'] },
  client: { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' },
  published: true, // a client that publishes its keys is asked for them
};

const PAR = {
  provider: {
    features: { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } },
  },
  client: {},
};

const JAR = {
  provider: { features: { requestObjects: { enabled: true, requireSignedRequestObject: true } } },
  client: { request_object_signing_alg: 'ES256' },
};

const DPOP = { provider: {}, client: { dpop_bound_access_tokens: true } };

const ENCRYPTED_ID_TOKEN = {
  provider: { features: { encryption: { enabled: true } } },
  client: { id_token_encrypted_response_alg: 'ECDH-ES', id_token_encrypted_response_enc: 'A256GCM' },
};

const ENCRYPTED_USERINFO = {
  provider: { features: { encryption: { enabled: true }, jwtUserinfo: { enabled: true } } },
  client: {
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_encrypted_response_enc: 'A128CBC-HS256',
  },
};

// The client must ask for this response mode: the provider itself would take any.
function responseMode(wanted, provider = {}, client = {}) {
  return {
    provider: {
      ...provider,
      extraParams: {
        demanded_response_mode(ctx) {
          if (ctx.oidc.params.response_mode !== wanted) {
            throw new InvalidRequest(`response_mode must be ${wanted}`);
          }
        },
      },
    },
    client,
  };
}

const JARM = responseMode(
  'jwt',
  { features: { jwtResponseModes: { enabled: true } } },
  { authorization_signed_response_alg: 'ES256' },
);

// Certificates of clients arrive at a separate listener, which the metadata name (RFC 8705 section 5).
function mutualTls(method, client) {
  return {
    certificates: true,
    provider: {
      clientAuthMethods: [method],
      features: {
        mTLS: {
          enabled: true,
          certificateBoundAccessTokens: true,
          tlsClientAuth: true,
          selfSignedTlsClientAuth: true,
          getCertificate: (ctx) => ctx.req.socket.getPeerX509Certificate?.(),
          certificateAuthorized: (ctx) => ctx.req.socket.authorized,
          certificateSubjectMatches: (ctx, property, expected) => {
            const name = ctx.req.socket.getPeerX509Certificate().subjectAltName;
            return property === 'tls_client_auth_san_dns' && name === `DNS:${expected}`;
          },
        },
      },
    },
    client: { token_endpoint_auth_method: method, tls_client_certificate_bound_access_tokens: true, ...client },
  };
}

const MUTUAL_TLS = mutualTls('tls_client_auth', { tls_client_auth_san_dns: 'hub.example.test' });

const FAPI2 = {
  provider: { features: { fapi: { enabled: true, profile: '2.0' } } },
  client: { id_token_signed_response_alg: 'ES256' },
};

const RESOURCE = 'urn:example:notebooks';

export const DEMANDS = {
  plain: [], // to compare with
  par: [PAR],
  'private-key-jwt': [PRIVATE_KEY_JWT],
  'client-secret-jwt': [{
    provider: { clientAuthMethods: ['client_secret_jwt'] },
    client: { token_endpoint_auth_method: 'client_secret_jwt' },
  }],
  dpop: [DPOP],
  'dpop-nonce': [DPOP, {
    provider: { features: { dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true } } },
    client: {},
  }],
  jar: [JAR],
  'mutual-tls': [MUTUAL_TLS],
  'self-signed-tls': [mutualTls('self_signed_tls_client_auth', {})],
  'form-post': [responseMode('form_post')],
  jarm: [JARM],
  'signed-userinfo': [{
    provider: { features: { jwtUserinfo: { enabled: true } } },
    client: { userinfo_signed_response_alg: 'ES256' },
  }],
  'encrypted-userinfo': [ENCRYPTED_USERINFO],
  'encrypted-id-token': [ENCRYPTED_ID_TOKEN],
  'resource-indicators': [{
    provider: {
      conformIdTokenClaims: false, // a token for a resource is not one for userinfo
      extraParams: {
        demanded_resource(ctx) {
          if (![ctx.oidc.params.resource].flat().includes(RESOURCE)) throw new InvalidTarget(`only for ${RESOURCE}`);
        },
      },
      features: {
        resourceIndicators: {
          enabled: true,
          defaultResource: () => undefined,
          useGrantedResource: () => true,
          getResourceServerInfo: (ctx, resource) => {
            if (resource !== RESOURCE) throw new InvalidTarget();
            return { scope: 'notebooks', audience: RESOURCE };
          },
        },
      },
      scopes: ['openid', 'offline_access', 'profile', 'email', 'groups', 'notebooks'],
    },
    client: {},
  }],
  // Clients register themselves, with this initial access token, and manage their registration (RFC 7591, RFC 7592).
  dynamic: [{
    provider: {
      clientAuthMethods: ['client_secret_post', 'private_key_jwt'],
      features: {
        encryption: { enabled: true },
        jwtUserinfo: { enabled: true },
        registration: { enabled: true, initialAccessToken: process.env.STRICT_INITIAL_ACCESS_TOKEN },
        registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
      },
    },
    client: {},
  }],
  'no-userinfo': [{
    provider: { conformIdTokenClaims: false, features: { userinfo: { enabled: false } } },
    client: {},
  }],
  fapi2: [PAR, PRIVATE_KEY_JWT, DPOP, FAPI2],
  'fapi2-tls': [PAR, MUTUAL_TLS, FAPI2],
  // What can be combined is in two profiles.
  'profile-a': [PAR, JAR, PRIVATE_KEY_JWT, DPOP, ENCRYPTED_ID_TOKEN, ENCRYPTED_USERINFO],
  'profile-b': [PAR, MUTUAL_TLS, JARM],
};
