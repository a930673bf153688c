'use strict';

// The page on which somebody approves a device: sign in if need be, type the code, look at what asks, decide.

const scopeTexts = {
  read: 'see everything that you see, but activation keys',
  keys: 'read and renew activation keys',
  write: 'change cache nodes, resources and IP space',
  manage: 'change organisations, members and your account',
  admin: 'administer this portal',
};

let userEmail = '';
let userCode = new URLSearchParams(location.search).get('user_code') || '';

function back() {
  return '/device' + (userCode ? '?user_code=' + encodeURIComponent(userCode) : '');
}

function signedIn(session) {
  userEmail = session.user.email;
  part('user-code').value = userCode;
  showStep('code');
  if (userCode) part('code-form').requestSubmit();
  else part('user-code').focus();
}

async function lookUp() {
  userCode = part('user-code').value.trim();
  const answer = await call('GET', '/device-codes/' + encodeURIComponent(userCode));
  if (answer.status === 401) return askToSignIn(back());
  if (answer.status !== 200) {
    showError(detailOf(answer));
    part('user-code').focus();
    return;
  }
  part('shown-code').textContent = answer.body.user_code;
  part('shown-client').textContent = answer.body.client;
  part('shown-address').textContent = answer.body.address;
  part('shown-user').textContent = userEmail;
  const list = part('shown-scopes');
  list.replaceChildren();
  for (const scope of answer.body.scopes) {
    const item = document.createElement('li');
    item.textContent = scopeTexts[scope] || scope;
    list.append(item);
  }
  showStep('decide');
}

async function decide(decision) {
  const answer = await call('POST', '/device-codes/' + encodeURIComponent(userCode), { decision });
  if (answer.status !== 204) return showError(detailOf(answer));
  part('done-title').textContent = decision === 'approve' ? 'The device is signed in' : 'Denied';
  part('done-text').textContent = decision === 'approve'
    ? 'You can close this page and go back to the device.'
    : 'The device was not signed in. If you did not start this, nothing more is to be done.';
  showStep('done');
}

async function start() {
  part('sign-in-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy(part('step-sign-in'), () => signIn(signedIn));
  });
  part('code-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy(part('step-code'), lookUp);
  });
  part('approve').addEventListener('click', () => busy(part('step-decide'), () => decide('approve')));
  part('deny').addEventListener('click', () => busy(part('step-decide'), () => decide('deny')));
  const session = await ownSession();
  if (session) signedIn(session);
  else await askToSignIn(back());
}

start();
