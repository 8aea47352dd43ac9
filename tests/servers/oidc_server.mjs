// A certified OpenID provider with its own login and consent pages, and one small API that takes its tokens.
// Settings come as one JSON document in OIDC_SETTINGS: {port, ttl, refreshTtl, clients}.
import Provider from 'oidc-provider';

const settings = JSON.parse(process.env.OIDC_SETTINGS);
const issuer = `http://127.0.0.1:${settings.port}`;
const people = { ada: { name: 'Ada Lovelace', email: 'ada@library.example' } };
const counts = { total: 0, by_grant: {} };

const provider = new Provider(issuer, {
  clients: settings.clients,
  scopes: ['openid', 'offline_access', 'profile', 'email', 'books:read', 'books:write'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  cookies: { keys: ['cookie-key-for-tests-only'] },
  pkce: { required: () => true },
  ttl: {
    AccessToken: settings.ttl,
    ClientCredentials: settings.ttl,
    RefreshToken: settings.refreshTtl,
    AuthorizationCode: 60,
    Grant: 86400,
    Session: 86400,
    Interaction: 3600,
    IdToken: 3600,
  },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email_verified: true, ...(people[id] ?? { name: id, email: `${id}@library.example` }) }),
  }),
});

function refuse(ctx, description) {
  ctx.status = 401;
  ctx.set('WWW-Authenticate', `Bearer error="invalid_token", error_description="${description}"`);
  ctx.body = { error: 'invalid_token', error_description: description };
}

async function owner(ctx) {
  const [, value] = /^Bearer (\S+)$/.exec(ctx.get('authorization')) ?? [];
  if (!value) return undefined;
  const token = (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
  return token && !token.isExpired ? token : undefined;
}

const books = [
  { id: 1, title: 'Frankenstein', author: 'Mary Shelley', pages: 280 },
  { id: 2, title: 'Solaris', author: 'Stanisław Lem', pages: null },
];

provider.use(async (ctx, next) => {
  if (ctx.path === '/api/books') {
    const token = await owner(ctx);
    if (!token) return refuse(ctx, 'the token is unknown, expired or revoked');
    ctx.body = { items: books, subject: token.accountId ?? null, client: token.clientId, scope: token.scope ?? null };
  } else if (ctx.path === '/stats') {
    ctx.body = counts;
  } else {
    await next();
    if (ctx.path === '/token' && ctx.method === 'POST') {
      const grant = ctx.oidc?.params?.grant_type ?? 'unknown';
      counts.total += 1;
      counts.by_grant[grant] = (counts.by_grant[grant] ?? 0) + 1;
    }
  }
});

provider.on('server_error', (ctx, error) => console.error(error));
provider.listen(settings.port, '127.0.0.1', () => console.log(`serving ${issuer}`));
