// A certified OpenID provider for the end-to-end tests: node-oidc-provider with its development login pages.
//
// Everything comes from the environment, so that a test can start it, kill it and start it again unchanged:
//   PROVIDER_PORT     where to listen on 127.0.0.1
//   PROVIDER_CLIENTS  JSON list of client metadata (OpenID Connect Dynamic Client Registration, section 2)
//   PROVIDER_USERS    JSON object: account name -> its extra claims, for example {"alice": {"groups": ["staff"]}}
//   PROVIDER_JWKS     JSON Web Key Set with the private signing keys
//
// `GET /_test` answers with what was counted since the last reset; `POST /_test` turns the knobs (see below).
import { Provider } from 'oidc-provider';

import { accountsOf, COMMON, FEATURES, LIFETIMES } from './common.mjs';

const host = '127.0.0.1';
const port = Number(process.env.PROVIDER_PORT);
const issuer = `http://${host}:${port}`;
const users = JSON.parse(process.env.PROVIDER_USERS);

// Endpoint names as the counters and knobs use them, by path.
const ENDPOINTS = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/auth': 'authorization',
  '/token': 'token',
  '/me': 'userinfo',
  '/token/revocation': 'revocation',
  '/session/end': 'end_session',
};

let requests = {};
let grants = {};
let refusals = [];
let connections = new Set();
let delays = {};
let faults = {};
let accessTokenSeconds = 3600;
let nextConnection = 0;

const provider = new Provider(issuer, {
  clients: JSON.parse(process.env.PROVIDER_CLIENTS),
  jwks: JSON.parse(process.env.PROVIDER_JWKS),
  ...COMMON,
  findAccount: accountsOf(users, (name) => ({ sub: `subject-of-${name}` })),
  ttl: { ...LIFETIMES, AccessToken: () => accessTokenSeconds },
  cookies: { keys: ['for-tests-only'] },
  features: FEATURES,
});

function readBody(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}

async function testPath(ctx) {
  if (ctx.method === 'POST') {
    const knobs = JSON.parse(await readBody(ctx.req));
    if (knobs.reset) {
      requests = {};
      grants = {};
      refusals = [];
      connections = new Set();
      delays = {};
      faults = {};
      accessTokenSeconds = 3600;
    }
    Object.assign(users, knobs.users); // account -> its extra claims
    Object.assign(delays, knobs.delays); // endpoint -> milliseconds before the answer
    Object.assign(faults, knobs.faults); // endpoint -> a status to answer with; 0 mends it
    accessTokenSeconds = knobs.access_token_seconds ?? accessTokenSeconds; // how long new access tokens last
  }
  ctx.body = { requests, grants, refusals, connections: connections.size };
}

provider.use(async (ctx, next) => {
  if (ctx.path === '/_test') {
    await testPath(ctx);
    return;
  }
  const endpoint = ENDPOINTS[ctx.path];
  if (!endpoint) {
    await next();
    return;
  }
  requests[endpoint] = (requests[endpoint] ?? 0) + 1;
  if (endpoint !== 'authorization' && endpoint !== 'end_session') {
    connections.add(ctx.req.socket.testNumber); // those that the Hub opened, not the browser
  }
  if (delays[endpoint]) await new Promise((resolve) => { setTimeout(resolve, delays[endpoint]); });
  if (faults[endpoint]) {
    ctx.status = faults[endpoint];
    ctx.body = 'out of order';
    return;
  }
  await next();
});

provider.on('grant.success', (ctx) => {
  const type = ctx.oidc.params.grant_type;
  grants[type] = (grants[type] ?? 0) + 1;
});
for (const event of ['authorization.error', 'grant.error', 'userinfo.error']) {
  provider.on(event, (ctx, error) => {
    refusals.push(`${event}: ${error.error}`);
    console.log(event, error.error, error.error_description ?? '', error.error_detail ?? '');
  });
}
provider.on('server_error', (ctx, error) => console.log('server_error', error));

const server = provider.listen(port, host, () => console.log(`ready at ${issuer}`));
server.on('connection', (socket) => {
  nextConnection += 1;
  socket.testNumber = nextConnection;
});
// An idle connection must outlive the pauses between tests: whether it is used again is the Hub's merit.
server.keepAliveTimeout = 120_000;
