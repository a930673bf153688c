// An OpenID provider with one client, for tests: whoever gives a name is signed in under it.
//
// Usage: provider.mjs ISSUER-FILE      Listens on a free port of loopback and writes its issuer to ISSUER-FILE.
// The account NAME has the e-mail NAME@example.net, which is verified unless NAME begins with "unverified".
// With EMAIL_IN_ID_TOKEN=1 ID tokens hold it; else it is told to who asks the userinfo endpoint.

import { createServer } from 'node:http';
import { renameSync, writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const issuerFile = process.argv[2];
let handle = (request, response) => response.writeHead(503).end();
const server = createServer((request, response) => handle(request, response));

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'larder',
      client_secret: 'only a test',
      application_type: 'native', // so that the portal may listen on any port of loopback
      redirect_uris: ['http://127.0.0.1/api/v1/single-sign-on/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: process.env.EMAIL_IN_ID_TOKEN !== '1',
    async findAccount(context, id) {
      return {
        accountId: id,
        async claims() {
          return {
            sub: id,
            name: `${id} of example.net`,
            email: `${id}@example.net`,
            email_verified: !id.startsWith('unverified'),
          };
        },
      };
    },
  });
  handle = provider.callback();
  writeFileSync(`${issuerFile}.new`, issuer);
  renameSync(`${issuerFile}.new`, issuerFile);
});
process.on('SIGTERM', () => process.exit(0));
