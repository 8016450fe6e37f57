// A real OpenID Connect provider (oidc-provider, certified by the OpenID Foundation) for tests: the agency's people sign in here.
// usage: node server.mjs PORT CLIENT_ID CLIENT_SECRET RETURN_ADDRESS      run in the folder that has its node_modules
//
// PUT /people {mary: {groups: [...], email: ...}}  who can sign in, with these claims, and the password "secret"; who is left out is gone
// PUT /lie {lie: "audience"}                       what no certified provider would send: the next id tokens are forged so; {} ends it
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const [port, clientId, clientSecret, returnAddress] = process.argv.slice(2)
const require = createRequire(`${process.cwd()}/`)
const { default: Provider } = await import(require.resolve('oidc-provider'))
const jose = await import(require.resolve('jose'))

const issuer = `http://127.0.0.1:${port}`
const key = async () => ({ ...(await jose.exportJWK((await jose.generateKeyPair('RS256', { extractable: true })).privateKey)), alg: 'RS256' })
const kid = crypto.randomUUID() // a new key has a new name, as everywhere
const own = { ...(await key()), kid }
const strange = { ...(await key()), kid }
let people = {}
let lie

const provider = new Provider(issuer, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [returnAddress], post_logout_redirect_uris: [] }],
  jwks: { keys: [own] },
  cookies: { keys: ['of a provider that lives as long as a test run'] },
  scopes: ['openid', 'profile', 'email'],
  claims: {
    openid: ['sub', 'groups', 'roles', 'hd'],
    profile: ['preferred_username', 'given_name', 'family_name'],
    email: ['email', 'email_verified'],
  },
  conformIdTokenClaims: false, // as Entra ID and Google do, the id token has the claims of its scopes
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
  // the agency consented for its people, so nobody is asked
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    grant.addOIDCScope('openid profile email')
    await grant.save()
    return grant
  },
})

provider.use(async (ctx, next) => {
  await next()
  if (lie && ctx.path === '/token' && ctx.body?.id_token) ctx.body = await forged(ctx.body)
})

async function forged({ id_token: told, ...rest }) {
  const claims = { ...jose.decodeJwt(told), ...{
    audience: { aud: 'another-client', azp: clientId },
    issuer: { iss: 'https://evil.example' },
    expired: { iat: 1_600_000_000, exp: 1_600_003_600 },
    nonce: { nonce: 'of another sign-in' },
  }[lie] }
  if (lie === 'missing') return rest
  if (lie === 'unsigned') return { ...rest, id_token: new jose.UnsecuredJWT(claims).encode() }
  const signer = new jose.SignJWT(claims).setProtectedHeader({ alg: lie === 'hmac' ? 'HS256' : 'RS256', kid })
  const by = lie === 'hmac' ? new TextEncoder().encode(clientSecret) : await jose.importJWK(lie === 'key' ? strange : own, 'RS256')
  return { ...rest, id_token: await signer.sign(by) }
}

const body = async (request) => Buffer.concat(await Array.fromAsync(request)).toString()
const answer = (response, status, text, type = 'text/html') => response.writeHead(status, { 'Content-Type': type }).end(text)
const FORM = '<!doctype html><html lang="en"><title>The agency</title><form method="post"><label>Name <input name="name"></label>'
  + '<label>Password <input name="password" type="password"></label><button>Sign in</button></form></html>'

createServer(async (request, response) => {
  if (request.method === 'PUT') {
    const given = JSON.parse(await body(request))
    if (request.url === '/people') people = given
    if (request.url === '/lie') lie = given.lie
    return answer(response, 204)
  }
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response)
  if (request.method === 'GET') return answer(response, 200, FORM)
  const form = new URLSearchParams(await body(request))
  const name = form.get('name')
  if (!people[name] || form.get('password') !== 'secret') return answer(response, 401, FORM)
  return provider.interactionFinished(request, response, { login: { accountId: name } }, { mergeWithLastSubmission: false })
}).listen(Number(port), '127.0.0.1')
