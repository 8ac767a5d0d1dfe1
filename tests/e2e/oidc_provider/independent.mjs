// An independent client of the strict providers: `openid-client`. It shows that what they demand can be satisfied, and
// that a client that does less is refused.
//
// It reads one JSON object per line and answers with one. `{"begin": {…}}` says what the client does (see `begin`) and
// is answered by `{"url": …}`, where a login begins. `{"finish": …}` is the query or the form that came back, and is
// answered by `{"user": …, "refreshed": …}`. `{"error": …, "where": …}` is the answer when a step has failed.
import { readFileSync } from 'node:fs';
import { request as send } from 'node:https';
import { createInterface } from 'node:readline';
import * as client from 'openid-client';
import { importJWK } from 'jose';

const keys = JSON.parse(process.env.STRICT_CLIENT_KEYS);
const redirect = process.env.STRICT_REDIRECT_URI;
const signing = keys.find((key) => key.use === 'sig');

// `fetch` cannot show a certificate of the client's.
function fetchWith(pem) {
  return async (url, { method, headers, body }) => {
    const answer = await new Promise((resolve, reject) => {
      send(url, { method, headers: Object.fromEntries(new Headers(headers)), cert: pem, key: pem }, resolve)
        .on('error', reject)
        .end(body?.toString());
    });
    const chunks = [];
    for await (const chunk of answer) chunks.push(chunk);
    return new Response(Buffer.concat(chunks), { status: answer.statusCode, headers: answer.headers });
  };
}

async function authentication(method, secret) {
  switch (method) {
    case 'private_key_jwt':
      return client.PrivateKeyJwt({ key: await importJWK(signing, 'ES256'), kid: signing.kid });
    case 'client_secret_jwt':
      return client.ClientSecretJwt(secret);
    case 'tls':
      return client.TlsClientAuth();
    default:
      return client.ClientSecretPost(secret);
  }
}

let current;

// `issuer` and `secret`, and what the client does: `auth` (how it proves who it is), `certificate` (a file), `par`, `jar`, `dpop`,
// `response_mode`, `decrypts` and `resource`. `algorithm` is that of the ID token.
async function begin(wanted) {
  const config = await client.discovery(
    new URL(wanted.issuer),
    process.env.STRICT_CLIENT_ID,
    {
      redirect_uris: [redirect],
      id_token_signed_response_alg: wanted.algorithm ?? 'RS256',
      use_mtls_endpoint_aliases: Boolean(wanted.certificate),
      authorization_signed_response_alg: 'ES256',
      userinfo_signed_response_alg: wanted.signed_userinfo ? 'ES256' : undefined,
      require_auth_time: false,
    },
    await authentication(wanted.auth, wanted.secret),
    wanted.certificate ? { [client.customFetch]: fetchWith(readFileSync(wanted.certificate)) } : undefined,
  );
  if (wanted.response_mode === 'jwt') client.useJwtResponseMode(config);
  if (wanted.decrypts) {
    const encryption = keys.filter((key) => key.use === 'enc');
    const imported = await Promise.all(encryption.map(async (jwk) => ({ key: await importJWK(jwk, jwk.alg), kid: jwk.kid, alg: jwk.alg })));
    client.enableDecryptingResponses(config, undefined, ...imported);
  }
  const verifier = client.randomPKCECodeVerifier();
  const parameters = {
    redirect_uri: redirect,
    scope: `openid offline_access profile${wanted.resource ? ' notebooks' : ''}`,
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: client.randomState(),
    nonce: client.randomNonce(),
    ...(wanted.response_mode ? { response_mode: wanted.response_mode } : {}),
    ...(wanted.resource ? { resource: wanted.resource } : {}),
  };
  const DPoP = wanted.dpop ? client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) : undefined;
  current = { wanted, config, verifier, parameters, DPoP };
  let asked = parameters;
  if (wanted.jar) {
    const object = await client.buildAuthorizationUrlWithJAR(
      config, parameters, { key: await importJWK(signing, 'ES256'), kid: signing.kid },
    );
    if (!wanted.par) return { url: object.href };
    asked = object.searchParams;
  }
  const url = wanted.par
    ? await client.buildAuthorizationUrlWithPAR(config, asked, { DPoP })
    : client.buildAuthorizationUrl(config, asked);
  return { url: url.href };
}

// One retry with the nonce that the provider has sent.
async function withNonce(step) {
  try {
    return await step();
  } catch (error) {
    if (error.error !== 'use_dpop_nonce' && error.cause?.[0]?.parameters?.error !== 'use_dpop_nonce') throw error;
    return step();
  }
}

async function finish(back) {
  const { wanted, config, verifier, parameters, DPoP } = current;
  const answer = wanted.response_mode === 'form_post'
    ? new Request(redirect, { method: 'POST', body: new URLSearchParams(back) })
    : new URL(`${redirect}?${new URLSearchParams(back)}`);
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: parameters.state,
    expectedNonce: parameters.nonce,
    idTokenExpected: true,
  };
  const more = wanted.resource ? { resource: wanted.resource } : undefined;
  const tokens = await withNonce(() => client.authorizationCodeGrant(config, answer, checks, more, { DPoP }));
  const { sub } = tokens.claims();
  const about = async (token) => (
    config.serverMetadata().userinfo_endpoint && !wanted.resource
      ? withNonce(() => client.fetchUserInfo(config, token, sub, { DPoP }))
      : client.tokenIntrospection(config, token)
  );
  const user = await about(tokens.access_token);
  const renewed = await withNonce(() => client.refreshTokenGrant(config, tokens.refresh_token, more, { DPoP }));
  const again = await about(renewed.access_token);
  return { user, refreshed: again.sub === user.sub && renewed.access_token !== tokens.access_token };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { begin: wanted, finish: back } = JSON.parse(line);
  let answer;
  try {
    answer = wanted ? await begin(wanted) : await finish(back);
  } catch (error) {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    answer = { error: error.error ?? error.code ?? error.name, where: `${error.message}${cause}` };
  }
  console.log(JSON.stringify(answer));
}
