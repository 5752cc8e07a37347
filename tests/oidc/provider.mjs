// A real OpenID provider for tests, on loopback: node provider.mjs PORT CLIENT_ID CLIENT_SECRET CENTRE
// PUT /admin {"accounts": {login: {name, groups}}, "userinfo": STATUS} replaces what it knows; STATUS 0: as it should be.
import { webcrypto } from "node:crypto";
import { createServer } from "node:http";

// What Debian 12's Node.js 18 lacks of what the provider asks for.
globalThis.crypto ??= webcrypto;
URL.parse ??= (text, base) => {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
};
const { default: Provider } = await import("oidc-provider");

const [port, clientId, clientSecret, centre] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let state = { accounts: {}, userinfo: 0 };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [`${centre}/oauth2callback`],
      post_logout_redirect_uris: [`${centre}/oauth2callback`],
    },
  ],
  claims: { openid: ["sub"], profile: ["name"], email: ["email"], groups: ["groups"] },
  conformIdTokenClaims: false, // groups stand in the ID token, as with most providers
  cookies: { keys: ["for tests only"] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_ctx, login) => {
    const account = state.accounts[login];
    return account && { accountId: login, claims: async () => ({ sub: login, ...account }) };
  },
  // Nobody is asked for consent: the centre belongs to the same authority.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile email groups");
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer((request, response) => {
  if (request.url === "/admin" && request.method === "PUT") {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      state = { ...state, ...JSON.parse(Buffer.concat(pieces)) };
      response.writeHead(204).end();
    });
  } else if (request.url.startsWith("/me") && state.userinfo) {
    response.writeHead(state.userinfo).end();
  } else {
    answer(request, response);
  }
}).listen(Number(port), "127.0.0.1");
