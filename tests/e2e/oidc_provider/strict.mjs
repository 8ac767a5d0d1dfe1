// Certified OpenID providers that each demand something of their clients (demands.mjs), in one process, over TLS.
//
// Everything comes from the environment:
//   STRICT_PORT         where to listen on 127.0.0.1; the provider NAME is https://127.0.0.1:STRICT_PORT/NAME
//   STRICT_TLS_PORT     where to listen for clients with certificates (the endpoint aliases in the metadata)
//   STRICT_CERTIFICATE  PEM file with the server's certificate and key
//   STRICT_CA           PEM file with the authority of all certificates
//   STRICT_CLIENTS      JSON list of metadata that all providers have in common; {name} is the provider's name
//   STRICT_USERS        JSON object: account name -> its extra claims
//   STRICT_INITIAL_ACCESS_TOKEN  what the provider 'dynamic' asks for before it registers a client
//   STRICT_KEYS         JSON Web Key Set with the private signing keys
//
// `GET /NAME/_test` answers with what was counted, and `POST /NAME/_test` forgets it.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

import { accountsOf, COMMON, FEATURES, LIFETIMES } from './common.mjs';
import { DEMANDS } from './demands.mjs';

const host = '127.0.0.1';
const origin = `https://${host}:${process.env.STRICT_PORT}`;
const tlsOrigin = `https://${host}:${process.env.STRICT_TLS_PORT}`;
const users = JSON.parse(process.env.STRICT_USERS);
const keys = JSON.parse(process.env.STRICT_KEYS);

const BASE = {
  ...COMMON,
  jwks: keys,
  findAccount: accountsOf(users),
  // By default, this provider sends nothing to an address of this machine.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  clientAuthMethods: ['client_secret_post'],
  ttl: {
    ...LIFETIMES,
    // Tokens that the Hub renews at each refresh, for they end soon.
    AccessToken: (ctx, token, client) => (client.clientId === 'hub' ? 25 : 3600),
  },
  features: { ...FEATURES, backchannelLogout: { enabled: true } },
};

function isObject(value) {
  return value?.constructor === Object;
}

function merged(first, second) {
  const result = { ...first };
  for (const [name, value] of Object.entries(second)) {
    result[name] = isObject(value) && isObject(first[name]) ? merged(first[name], value) : value;
  }
  return result;
}

function aliases(name) {
  const at = (path) => `${tlsOrigin}/${name}${path}`;
  return {
    token_endpoint: at('/token'),
    userinfo_endpoint: at('/me'),
    revocation_endpoint: at('/token/revocation'),
    introspection_endpoint: at('/token/introspection'),
    pushed_authorization_request_endpoint: at('/request'),
  };
}

// What is registered: the metadata that all providers have in common, and what this one demands.
function clientsOf(name, demanded, published) {
  const text = process.env.STRICT_CLIENTS.replaceAll('{name}', name);
  return JSON.parse(text).map((client) => {
    const all = { token_endpoint_auth_method: 'client_secret_post', ...client, ...demanded };
    delete all[published && all.jwks_uri ? 'jwks' : 'jwks_uri'];
    if (!/^client_secret/.test(all.token_endpoint_auth_method)) delete all.client_secret;
    return all;
  });
}

function mount(name, parts) {
  const issuer = `${origin}/${name}`;
  const demanded = parts.reduce((all, part) => merged(all, part.client), {});
  const configuration = parts.reduce((all, part) => merged(all, part.provider), BASE);
  const nothing = () => ({ requests: {}, grants: {}, refusals: [], backchannel: [], userinfo: null });
  const seen = nothing();
  const provider = new Provider(issuer, {
    ...configuration,
    clients: clientsOf(name, demanded, parts.some((part) => part.published)),
    cookies: {
      keys: ['for-tests-only'],
      names: { session: `s-${name}`, interaction: `i-${name}`, resume: `r-${name}` },
    },
    discovery: parts.some((part) => part.certificates) ? { mtls_endpoint_aliases: aliases(name) } : {},
  });
  provider.use(async (ctx, next) => {
    if (ctx.path === '/_test') {
      ctx.body = structuredClone(seen);
      if (ctx.method === 'POST') Object.assign(seen, nothing());
      return;
    }
    await next();
    const route = ctx.oidc?.route ?? ctx.path;
    seen.requests[route] = (seen.requests[route] ?? 0) + 1;
    if (route === 'userinfo' && ctx.status === 200) seen.userinfo = ctx.type;
  });
  provider.on('grant.success', (ctx) => {
    const type = ctx.oidc.params.grant_type;
    seen.grants[type] = (seen.grants[type] ?? 0) + 1;
  });
  const refusing = ['authorization', 'pushed_authorization_request', 'grant', 'userinfo', 'revocation', 'introspection'];
  for (const what of refusing) {
    provider.on(`${what}.error`, (ctx, error) => {
      seen.refusals.push(`${what}: ${error.error}`);
      console.log(name, what, error.error, error.error_description ?? '', error.error_detail ?? '', error.cause ?? '');
    });
  }
  provider.on('backchannel.success', (ctx, client) => seen.backchannel.push(`told ${client.clientId}`));
  provider.on('backchannel.error', (ctx, error, client) => {
    seen.backchannel.push(`failed ${client.clientId}`);
    console.log(name, 'backchannel', error);
  });
  provider.on('server_error', (ctx, error) => console.log(name, 'server_error', error));
  return provider.callback();
}

const providers = Object.fromEntries(Object.entries(DEMANDS).map(([name, parts]) => [name, mount(name, parts)]));

function serve(request, response) {
  const [, name, rest] = /^\/([^/?]+)(.*)$/.exec(request.url) ?? [];
  if (!Object.hasOwn(providers, name ?? '')) {
    response.writeHead(request.url === '/' ? 204 : 404).end();
    return;
  }
  request.originalUrl = request.url;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  providers[name](request, response);
}

const pem = readFileSync(process.env.STRICT_CERTIFICATE);
const tls = { cert: pem, key: pem };
// A certificate without a known authority comes through as well: a client may have registered it.
const asking = { ...tls, ca: readFileSync(process.env.STRICT_CA), requestCert: true, rejectUnauthorized: false };
createServer(asking, serve).listen(process.env.STRICT_TLS_PORT, host, () => {
  createServer(tls, serve).listen(process.env.STRICT_PORT, host, () => console.log(`ready at ${origin}`));
});
